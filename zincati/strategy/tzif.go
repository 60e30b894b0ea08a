package strategy

import (
	"encoding/binary"
	"errors"
	"math"
	"sort"
	"strings"
	"time"
)

// A Zone tells what clocks on the wall show in one place, at any time: by the list of changes of a compiled time zone
// file (RFC 8536, "TZif") and, after the last of them, by the rule in POSIX notation that stands at its end.
//
// The type [time.Location] is not used because it evaluates the rule per year of UTC, which is wrong around New Year
// for rules that have a change near to it or summer time all year.
type Zone struct {
	name    string
	first   int // seconds east of UTC before the first change
	changes []change
	rule    *posixRule // nil = the last change is for ever
}

type change struct {
	at     int64 // Unix time
	offset int
}

// UTC returns the zone without offset.
func UTC() *Zone { return &Zone{name: "UTC"} }

// Name returns the name that the zone was made with.
func (z *Zone) Name() string { return z.name }

// Local returns t with the offset from UTC that is in force in the zone at t.
func (z *Zone) Local(t time.Time) time.Time {
	offset, _ := z.at(t.Unix())
	return t.In(time.FixedZone(z.name, offset))
}

// at returns the offset that is in force, and when that may change (math.MaxInt64: never).
func (z *Zone) at(sec int64) (offset int, until int64) {
	i := sort.Search(len(z.changes), func(i int) bool { return z.changes[i].at > sec })
	if i < len(z.changes) {
		until = z.changes[i].at
		if i == 0 {
			return z.first, until
		}
		return z.changes[i-1].offset, until
	}
	switch {
	case z.rule != nil:
		return z.rule.at(sec)
	case i > 0:
		return z.changes[i-1].offset, math.MaxInt64
	}
	return z.first, math.MaxInt64
}

var (
	errMagic = errors.New("tzfile error: invalid magic")
	errZone  = errors.New("tzfile error: malformed time zone file")
)

// maxOffset bounds offsets from UTC, in seconds. The format asks for less than 26 hours.
const maxOffset = 26 * 3600

// ParseZone reads a compiled time zone file of any version. Leap seconds, which "right" zones have, are ignored.
func ParseZone(name string, data []byte) (*Zone, error) {
	r := &zoneReader{data: data}
	h := r.header()
	if h.version >= '2' {
		r.skip(h.size(4))
		h = r.header()
		z := r.block(name, h, 8)
		if err := r.footer(z); err != nil {
			return nil, err
		}
		return z, nil
	}
	z := r.block(name, h, 4)
	return z, r.err
}

// zoneReader reads from the front of data. After an error it yields zeros.
type zoneReader struct {
	data []byte
	err  error
}

func (r *zoneReader) take(n int) []byte {
	if r.err == nil && n > len(r.data) {
		r.err = errZone
	}
	if r.err != nil {
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *zoneReader) skip(n int) { r.take(n) }

// zoneHeader holds the counts of the arrays that follow it.
type zoneHeader struct {
	version                               byte
	isUTC, isStd, leap, time, kind, chars int
}

func (r *zoneReader) header() (h zoneHeader) {
	const size = 44
	if r.err == nil && !strings.HasPrefix(string(r.data[:min(4, len(r.data))]), "TZif") {
		r.err = errMagic
	}
	b := r.take(size)
	if b == nil {
		return h
	}
	h.version = b[4]
	for i, count := range []*int{&h.isUTC, &h.isStd, &h.leap, &h.time, &h.kind, &h.chars} {
		n := binary.BigEndian.Uint32(b[20+4*i:])
		if n > maxZoneFile {
			r.err = errZone
			return zoneHeader{}
		}
		*count = int(n)
	}
	return h
}

// size is the length of what follows the header, with times of so many bytes.
func (h zoneHeader) size(timeSize int) int {
	return h.time*(timeSize+1) + h.kind*6 + h.chars + h.leap*(timeSize+4) + h.isStd + h.isUTC
}

func (r *zoneReader) block(name string, h zoneHeader, timeSize int) *Zone {
	times := r.take(h.time * timeSize)
	kinds := r.take(h.time)
	offsets := r.take(h.kind * 6)
	r.skip(h.chars + h.leap*(timeSize+4) + h.isStd + h.isUTC)
	if r.err == nil && h.kind == 0 {
		r.err = errZone
	}
	if r.err != nil {
		return nil
	}
	offset := func(kind int) int {
		if kind >= h.kind {
			r.err = errZone
			return 0
		}
		n := int(int32(binary.BigEndian.Uint32(offsets[kind*6:])))
		if n < -maxOffset || n > maxOffset {
			r.err = errZone
		}
		return n
	}
	z := &Zone{name: name, first: offset(0), changes: make([]change, h.time)}
	for i := range z.changes {
		c := change{bigEndian(times[i*timeSize:][:timeSize]), offset(int(kinds[i]))}
		if i > 0 && c.at <= z.changes[i-1].at {
			r.err = errZone
		}
		z.changes[i] = c
	}
	return z
}

func bigEndian(b []byte) int64 {
	if len(b) == 4 {
		return int64(int32(binary.BigEndian.Uint32(b)))
	}
	return int64(binary.BigEndian.Uint64(b))
}

// footer reads the rule: a line that stands between two ends of line, empty if there is none.
func (r *zoneReader) footer(z *Zone) error {
	if r.err != nil {
		return r.err
	}
	rest, ok := strings.CutPrefix(string(r.data), "\n")
	text, _, end := strings.Cut(rest, "\n")
	if !ok || !end {
		return errZone
	}
	if text == "" {
		return nil
	}
	var err error
	z.rule, err = parseRule(text)
	return err
}
