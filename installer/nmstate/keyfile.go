package nmstate

import (
	"bytes"
	"crypto/sha1"
	"fmt"
	"sort"
	"strconv"
)

// section is a group of a keyfile. Keys are sorted, those with empty values left out.
type section struct {
	name   string
	values map[string]string
}

func newSection(name string) *section { return &section{name: name, values: map[string]string{}} }

func (s *section) set(key, value string) {
	if value != "" {
		s.values[key] = value
	}
}

func (s *section) setBool(key string, b *bool) {
	if b != nil {
		s.values[key] = strconv.FormatBool(*b)
	}
}

// setFlag writes a boolean as a number.
func (s *section) setFlag(key string, b *bool) {
	if b == nil {
		return
	}
	s.values[key] = "0"
	if *b {
		s.values[key] = "1"
	}
}

func (s *section) setUint(key string, n *uint64) {
	if n != nil {
		s.values[key] = strconv.FormatUint(*n, 10)
	}
}

func (s *section) setInt(key string, n *int64) {
	if n != nil {
		s.values[key] = strconv.FormatInt(*n, 10)
	}
}

// encode writes sections with an empty line between them; nil ones are left out.
func encode(sections []*section) []byte {
	var b bytes.Buffer
	for _, s := range sections {
		if s == nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "[%s]\n", s.name)
		keys := make([]string, 0, len(s.values))
		for key := range s.values {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			fmt.Fprintf(&b, "%s=%s\n", key, s.values[key])
		}
	}
	return b.Bytes()
}

// uuid is the UUID of version 5 (RFC 9562) in the name space of URLs.
func uuid(url string) string {
	h := sha1.New()
	h.Write([]byte{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8})
	h.Write([]byte(url))
	u := h.Sum(nil)[:16]
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
