package temporalgrpc

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// semver is a semantic version. Its build, which orders nothing, is checked and forgotten.
type semver struct {
	major, minor, patch uint64
	pre                 []string // identifiers of a version before that one; none: the version itself
}

const (
	semverDigits = "0123456789"
	semverWords  = semverDigits + "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// parseSemver reads major.minor.patch, with -pre.release and +build where it has them.
func parseSemver(text string) (v semver, err error) {
	rest, build, built := strings.Cut(text, "+")
	if built && !areWords(strings.Split(build, ".")) {
		return semver{}, fmt.Errorf("the build of version %q is not of letters, digits and hyphens", text)
	}
	rest, pre, preceding := strings.Cut(rest, "-")
	if preceding {
		v.pre = strings.Split(pre, ".")
		if !areWords(v.pre) {
			return semver{}, fmt.Errorf("the pre-release of version %q is not of letters, digits and hyphens", text)
		}
	}
	numbers := strings.Split(rest, ".")
	if len(numbers) != 3 {
		return semver{}, fmt.Errorf("version %q is not of the form major.minor.patch", text)
	}
	for i, number := range []*uint64{&v.major, &v.minor, &v.patch} {
		if *number, err = parseNumber(numbers[i]); err != nil {
			return semver{}, fmt.Errorf("version %q: %w", text, err)
		}
	}
	for _, word := range v.pre {
		if strings.Trim(word, semverDigits) != "" {
			continue
		}
		if _, err := parseNumber(word); err != nil {
			return semver{}, fmt.Errorf("the pre-release of version %q: %w", text, err)
		}
	}
	return v, nil
}

func areWords(words []string) bool {
	for _, word := range words {
		if word == "" || strings.Trim(word, semverWords) != "" {
			return false
		}
	}
	return true
}

// parseNumber reads digits without leading zeros.
func parseNumber(text string) (uint64, error) {
	if text == "" || strings.Trim(text, semverDigits) != "" || len(text) > 1 && text[0] == '0' {
		return 0, fmt.Errorf("%q is no number without leading zeros", text)
	}
	return strconv.ParseUint(text, 10, 64)
}

// compare is negative, zero or positive as v is before, at or after w.
func (v semver) compare(w semver) int {
	order := cmp.Or(cmp.Compare(v.major, w.major), cmp.Compare(v.minor, w.minor), cmp.Compare(v.patch, w.patch))
	switch {
	case order != 0 || len(v.pre) == 0 && len(w.pre) == 0:
		return order
	case len(v.pre) == 0:
		return 1
	case len(w.pre) == 0:
		return -1
	}
	for i := range min(len(v.pre), len(w.pre)) {
		if order := comparePre(v.pre[i], w.pre[i]); order != 0 {
			return order
		}
	}
	return cmp.Compare(len(v.pre), len(w.pre))
}

// comparePre orders numbers by their value, and before words.
func comparePre(a, b string) int {
	n, errN := parseNumber(a)
	m, errM := parseNumber(b)
	switch {
	case errN == nil && errM == nil:
		return cmp.Compare(n, m)
	case errN == nil:
		return -1
	case errM == nil:
		return 1
	}
	return cmp.Compare(a, b)
}

// in tells whether v is in a range such as ">=1.0.0 <2.0.0 || 3.x": conditions that all hold, or others behind "||".
// An error says that the text is no range, whatever v is.
func (v semver) in(text string) (bool, error) {
	var (
		found     bool         // whether conditions before the last "||" all hold
		all, none = true, true // of the conditions since then
		operator  string       // that stands apart from its version
	)
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case word == "":
		case word == "||":
			if none || operator != "" {
				return false, errors.New(`a condition is missing before "||"`)
			}
			found, all, none = found || all, true, true
		case strings.Trim(word, "<>=!") == "":
			operator += word
		default:
			holds, err := v.meets(operator + word)
			if err != nil {
				return false, err
			}
			all, none, operator = all && holds, false, ""
		}
	}
	if none || operator != "" {
		return false, errors.New("a condition is missing at the end")
	}
	return found || all, nil
}

// meets tells whether v meets one condition: an operator, or none, and a version, of which the last part or the last two
// may be x.
func (v semver) meets(condition string) (bool, error) {
	text := strings.TrimLeft(condition, "<>=!")
	operator := condition[:len(condition)-len(text)]
	order, err := v.compareTo(text)
	if err != nil {
		return false, err
	}
	switch operator {
	case "", "=", "==":
		return order == 0, nil
	case "!", "!=":
		return order != 0, nil
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	case ">=":
		return order >= 0, nil
	}
	return false, fmt.Errorf("%q begins with no operator", condition)
}

// compareTo is compare with a version, or with all those that 1.x, 1.x.x or 1.2.x stands for, pre-releases aside.
func (v semver) compareTo(text string) (int, error) {
	numbers, wild := strings.CutSuffix(text, ".x")
	if !wild {
		w, err := parseSemver(text)
		return v.compare(w), err
	}
	major, minor, both := strings.Cut(strings.TrimSuffix(numbers, ".x"), ".")
	if !both {
		minor = "0"
		v.minor = 0
	}
	w, err := parseSemver(major + "." + minor + ".0")
	return semver{major: v.major, minor: v.minor}.compare(w), err
}
