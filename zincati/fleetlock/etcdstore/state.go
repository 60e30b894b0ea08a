package etcdstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

// Key returns the key of a group's semaphore, with the group's name in the encoding of HTML forms.
func Key(group string) string {
	return "com.coreos.airlock/groups/" + url.QueryEscape(group) + "/v1/semaphore"
}

// state is what is known of a key.
type state struct {
	revision int64  // of the last modification; 0 is a key that does not exist
	value    []byte // as it is stored
	sem      semaphore.Semaphore
	foreign  map[string]json.RawMessage // fields of the value that are not ours
}

var (
	errEmptyValue = errors.New("empty semaphore value")
	errNotUTF8    = errors.New("semaphore value is not valid UTF-8")
)

const (
	fieldSlots   = "total_slots"
	fieldHolders = "holders"
)

// decode is as lax as airlock: absent fields are zero. Holders are brought into order.
func decode(value []byte) (state, error) {
	s := state{value: value}
	switch {
	case len(value) == 0:
		return s, errEmptyValue
	case !utf8.Valid(value):
		return s, errNotUTF8
	}
	if err := json.Unmarshal(value, &s.sem); err != nil {
		return s, err
	}
	if err := json.Unmarshal(value, &s.foreign); err != nil {
		return s, err
	}
	maps.DeleteFunc(s.foreign, func(name string, _ json.RawMessage) bool {
		return strings.EqualFold(name, fieldSlots) || strings.EqualFold(name, fieldHolders)
	})
	slices.Sort(s.sem.Holders)
	s.sem.Holders = slices.Compact(s.sem.Holders)
	return s, nil
}

// encode gives the bytes that airlock would write, followed by the foreign fields.
func encode(sem semaphore.Semaphore, foreign map[string]json.RawMessage) ([]byte, error) {
	value, err := json.Marshal(sem)
	if err != nil || len(foreign) == 0 {
		return value, err
	}
	b := bytes.NewBuffer(bytes.TrimSuffix(value, []byte("}")))
	for _, name := range slices.Sorted(maps.Keys(foreign)) {
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		b.WriteByte(',')
		b.Write(quoted)
		b.WriteByte(':')
		b.Write(foreign[name])
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
