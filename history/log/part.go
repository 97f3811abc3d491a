package log

import (
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/api"
)

// part tells what piece of a frame a message is. Parts of one frame have
// consecutive sequences and the same epoch: of two writers' parts that come
// to lie side by side none are joined.
type part struct {
	number, of int // from 1
	epoch      uint64
}

// encode is k/n/epoch.
func (p part) encode() string {
	return strconv.Itoa(p.number) + "/" + strconv.Itoa(p.of) + "/" + strconv.FormatUint(p.epoch, 10)
}

// decodePart is false for what encode never makes.
func decodePart(value string) (p part, ok bool) {
	number, rest, ok1 := strings.Cut(value, "/")
	of, epoch, ok2 := strings.Cut(rest, "/")
	if !ok1 || !ok2 || len(number) > 9 || len(of) > 9 {
		return part{}, false
	}
	var err1, err2, err3 error
	p.number, err1 = strconv.Atoi(number)
	p.of, err2 = strconv.Atoi(of)
	p.epoch, err3 = strconv.ParseUint(epoch, 10, 64)
	if err1 != nil || err2 != nil || err3 != nil || p.encode() != value {
		return part{}, false
	}
	return p, p.number >= 1 && p.of >= 2 && p.number <= p.of
}

// joiner puts the parts of frames together again.
type joiner struct {
	last     part // the last part that was taken
	sequence uint64
	data     []byte
	// incomplete counts frames that lack a part.
	incomplete int
}

// add takes the next message and returns a frame's bytes when it completes
// one. A message that is no part is a frame by itself.
func (j *joiner) add(sequence uint64, header nats.Header, data []byte) (frame []byte, complete bool) {
	value := header[api.HeaderPart]
	if len(value) == 0 {
		j.end()
		return data, true
	}
	p, ok := decodePart(value[0])
	follows := ok && j.last.of == p.of && j.last.number+1 == p.number && j.last.epoch == p.epoch && j.sequence+1 == sequence
	if !follows {
		j.end()
		if !ok || p.number != 1 {
			j.incomplete++
			return nil, false
		}
	}
	if len(j.data)+len(data) > MaxFrame {
		j.incomplete++
		j.reset()
		return nil, false
	}
	j.data, j.last, j.sequence = append(j.data, data...), p, sequence
	if p.number < p.of {
		return nil, false
	}
	frame = j.data
	j.reset()
	return frame, true
}

// end is when no further part of what was begun will come.
func (j *joiner) end() {
	if j.last.of != 0 {
		j.incomplete++
	}
	j.reset()
}

func (j *joiner) reset() { j.data, j.last, j.sequence = nil, part{}, 0 }
