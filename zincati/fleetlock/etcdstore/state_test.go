package etcdstore

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

func FuzzValue(f *testing.F) {
	for _, v := range []string{
		`{"total_slots":2,"holders":["aa","bb"]}`, `{"total_slots":2,"holders":["b","a","b"],"x":{"y":[null]}}`,
		`{"Total_Slots":1,"total_slots":2,"":""}`, `null`, `{}`, `[]`, `{"holders":null}`, `{"total_slots":18446744073709551616}`, ``,
		`{"total_slots":1,"holders":["\u003c\ud800"],"\ud800":1}`,
	} {
		f.Add([]byte(v))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		s, err := decode(value)
		if err != nil {
			return
		}
		if !slices.IsSorted(s.sem.Holders) {
			t.Fatalf("holders are not sorted: %q", s.sem.Holders)
		}
		out, err := encode(s.sem, s.foreign)
		if err != nil {
			t.Fatal(err)
		}
		again, err := decode(out)
		if err != nil {
			t.Fatalf("%q became %q: %v", value, out, err)
		}
		same, err := encode(again.sem, again.foreign)
		if err != nil || !bytes.Equal(out, same) {
			t.Fatalf("%q became %q and %q (%v)", value, out, same, err)
		}
		// airlock reads what we write.
		var theirs struct {
			TotalSlots uint64   `json:"total_slots"`
			Holders    []string `json:"holders"`
		}
		if err := json.Unmarshal(out, &theirs); err != nil || theirs.Holders == nil ||
			theirs.TotalSlots != s.sem.TotalSlots || !slices.Equal(theirs.Holders, s.sem.Holders) {
			t.Fatalf("%q is read as %v (%v)", out, theirs, err)
		}
	})
}

func TestDecide(t *testing.T) {
	s := state{revision: 7, sem: semaphore.Semaphore{TotalSlots: 2, Holders: []string{"a"}}}
	lock := func(id string) *op { return &op{kind: opLock, id: id} }
	unlock := func(id string) *op { return &op{kind: opUnlock, id: id} }
	for name, tc := range map[string]struct {
		ops     []*op
		holders []string
		refused int
		write   bool
	}{
		"nothing":                  {[]*op{{kind: opGet}}, []string{"a"}, 0, false},
		"first come":               {[]*op{lock("b"), lock("c")}, []string{"a", "b"}, 1, true},
		"room made before":         {[]*op{unlock("a"), lock("b"), lock("c")}, []string{"b", "c"}, 0, true},
		"room made after":          {[]*op{lock("b"), lock("c"), unlock("a")}, []string{"b"}, 1, true},
		"last word":                {[]*op{lock("b"), unlock("b")}, []string{"a"}, 0, true},
		"given back and retaken":   {[]*op{unlock("a"), lock("a")}, []string{"a"}, 0, true},
		"nothing new":              {[]*op{lock("a"), unlock("b")}, []string{"a"}, 0, true},
		"slots as they are":        {[]*op{{kind: opReconcile, slots: 2}}, []string{"a"}, 0, false},
		"recursion when full":      {[]*op{lock("b"), lock("b"), lock("a"), lock("c")}, []string{"a", "b"}, 1, true},
		"fewer slots than holders": {[]*op{{kind: opReconcile, slots: 0}, lock("a"), lock("b")}, []string{"a"}, 1, true},
	} {
		p := decide(s, 1, tc.ops)
		refused := 0
		for _, err := range p.refused {
			if err != nil {
				refused++
			}
		}
		if !slices.Equal(p.next.Holders, tc.holders) || refused != tc.refused || p.write != tc.write {
			t.Errorf("%s: holders %q, %d refused, write %v", name, p.next.Holders, refused, p.write)
		}
	}
	if !slices.Equal(s.sem.Holders, []string{"a"}) {
		t.Error("the state that was decided on has changed")
	}
	if p := decide(state{}, 3, []*op{unlock("x")}); !p.write || p.next.TotalSlots != 3 {
		t.Errorf("an absent semaphore is not made: %+v", p)
	}
}

func TestEndpoints(t *testing.T) {
	for _, test := range []struct {
		in   string
		tls  bool
		want string
	}{
		{"127.0.0.1:2379 etcd:2379 [::1]:1", false, "http://127.0.0.1:2379 http://etcd:2379 http://[::1]:1"},
		{"127.0.0.1:2379 https://etcd", true, "https://127.0.0.1:2379 https://etcd"},
		{"http://a:1 b:2 unix:///x", false, "http://a:1 http://b:2 unix:///x"},
		{"nonsense etcd:x unix:/x a:70000", false, "nonsense etcd:x unix:/x a:70000"},
	} {
		in := strings.Fields(test.in)
		if got := strings.Join(withSchemes(in, test.tls), " "); got != test.want || strings.Join(in, " ") != test.in {
			t.Errorf("%s: %s", test.in, got)
		}
	}
	for _, bad := range []string{"", "nonsense", "ftp://x", "http://a https://b", "unix:/x"} {
		if checkEndpoints(withSchemes(strings.Fields(bad), false)) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}
