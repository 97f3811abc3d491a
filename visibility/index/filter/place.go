package filter

import (
	"fmt"
	"unicode/utf8"

	"github.com/temporalio/sqlparser"
	"go.temporal.io/api/serviceerror"
)

// fragmentRunes is how much of the filter an error shows from the place on, and of a name in it.
const fragmentRunes = 40

// token is one word of the filter, from byte start up to end. Its value is without quotes, and keywords are in lower case.
type token struct {
	start, end int
	kind       int
	value      string
}

// places finds the words of a filter in its text again: the parser's tree does not tell where they stood.
type places struct {
	text   string
	tokens []token
	// here is the word that is being read.
	here int
}

// scan cuts the text into words, and refuses what is none.
func (p *places) scan() error {
	tokenizer := sqlparser.NewStringTokenizer(p.text)
	for end := 0; ; {
		kind, value := tokenizer.Scan()
		if kind == 0 {
			return nil
		}
		start := end
		for start < len(p.text) && isBlank(p.text[start]) {
			start++
		}
		// The tokenizer has read one byte ahead.
		end = min(max(tokenizer.Position-1, start), len(p.text))
		word := token{start, end, kind, string(value)}
		switch kind {
		case sqlparser.COMMENT:
		case sqlparser.LEX_ERROR:
			return p.fault(word, "%s", p.lexFault(word))
		default:
			p.tokens = append(p.tokens, word)
		}
	}
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0
}

func (p *places) lexFault(word token) string {
	if word.start == len(p.text) {
		return "this was not expected here"
	}
	switch first := p.text[word.start]; {
	case first == '\'' || first == '"':
		return "the string is not closed"
	case first == '`':
		return "the name in backticks is empty or not closed"
	case first == '/':
		return "the comment is not closed"
	case first >= '0' && first <= '9':
		return "it is no number; text stands in quotes: 'text'"
	}
	return "this was not expected here; text stands in quotes: 'text', a name with other characters than letters, digits and _ in backticks: `name`"
}

// reach goes on to the next word of that value. If there is none, it stays.
func (p *places) reach(value string) {
	for i := p.here; i < len(p.tokens); i++ {
		if p.tokens[i].value == value {
			p.here = i
			return
		}
	}
}

// unclosed is the innermost bracket that is open at the end of the text, if there is one.
func (p *places) unclosed() (bracket token, open bool) {
	var stack []token
	for _, word := range p.tokens {
		switch {
		case word.kind == '(':
			stack = append(stack, word)
		case word.kind == ')' && len(stack) > 0:
			stack = stack[:len(stack)-1]
		}
	}
	if len(stack) == 0 {
		return token{}, false
	}
	return stack[len(stack)-1], true
}

// endsCondition tells the words that may be the last of a condition.
func endsCondition(word token) bool {
	switch word.kind {
	case ')', sqlparser.STRING, sqlparser.INTEGRAL, sqlparser.FLOAT, sqlparser.TRUE, sqlparser.FALSE, sqlparser.NULL:
		return true
	}
	return false
}

// written is the word that is being read as it stands in the text: the parser has those that are also keywords in lower case.
func (p *places) written() string {
	word := p.tokens[p.here]
	return p.text[word.start:word.end]
}

// pass goes beyond the word that was read.
func (p *places) pass() { p.here = min(p.here+1, len(p.tokens)-1) }

// faultHere is about the word that is being read.
func (p *places) faultHere(format string, args ...any) error {
	return p.fault(p.tokens[p.here], format, args...)
}

// fault is InvalidArgument about a word, with its place, counted in characters from 1, and the text from there on.
func (p *places) fault(at token, format string, args ...any) error {
	position := utf8.RuneCountInString(p.text[:at.start]) + 1
	return invalid(fmt.Sprintf("at position %d, %q: %s", position, clip(p.text[at.start:]), fmt.Sprintf(format, args...)))
}

// clip is the beginning of what may be long: an error travels in headers.
func clip(text string) string {
	runes := []rune(text)
	if len(runes) <= fragmentRunes {
		return text
	}
	return string(runes[:fragmentRunes]) + "..."
}

func invalid(what string) error {
	return serviceerror.NewInvalidArgument("invalid filter: " + what)
}
