package semaphore_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

func TestJSONIsThatOfAirlock(t *testing.T) {
	for want, sem := range map[string]semaphore.Semaphore{
		`{"total_slots":0,"holders":[]}`:          {},
		`{"total_slots":2,"holders":["aa","bb"]}`: {TotalSlots: 2, Holders: []string{"aa", "bb"}},
		`{"total_slots":1,"holders":["\u003ca"]}`: {TotalSlots: 1, Holders: []string{"<a"}},
	} {
		if got, err := json.Marshal(sem); err != nil || string(got) != want {
			t.Errorf("%+v is %s, %v; want %s", sem, got, err, want)
		}
	}
}

func TestValuesAreNotModified(t *testing.T) {
	a := semaphore.Semaphore{TotalSlots: 3, Holders: make([]string, 0, 8)}
	b, _, _ := a.Lock("m")
	c, _, _ := b.Lock("a")
	d, _ := c.Unlock("m")
	e, _, _ := b.Lock("z")
	got := fmt.Sprint(a.Holders, b.Holders, c.Holders, d.Holders, e.Holders)
	if want := "[] [m] [a m] [a] [m z]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func ExampleSemaphore_Lock() {
	s := semaphore.Semaphore{TotalSlots: 1}
	s, _, _ = s.Lock("node-1")
	_, changed, err := s.Lock("node-1")
	fmt.Println(changed, err)
	_, _, err = s.Lock("node-2")
	fmt.Println(err, errors.Is(err, semaphore.ErrFull))
	// Output:
	// false <nil>
	// all 1 semaphore slots currently locked true
}
