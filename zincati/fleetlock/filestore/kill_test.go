package filestore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock/filestore"
	"github.com/nestos-dev/nestos/zincati/fleetlock/semaphore"
)

const (
	killVariable = "NESTOS_FILESTORE_VICTIM"
	killClients  = 16
	killSlots    = 6
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killVariable); dir != "" {
		if err := victim(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// victim locks and unlocks until it is killed, and says on standard output
// what it asks ("s CLIENT 1" to lock) and learns ("a CLIENT 1"). Each line is
// one write, which a kill does not cut.
func victim(dir string) error {
	s, err := filestore.Open(dir, semaphore.Groups{"g": killSlots}, nil)
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	for c := range killClients {
		all.Go(func() {
			id := fmt.Sprint("client-", c)
			for {
				for _, lock := range []int{1, 0} {
					fmt.Printf("s %d %d\n", c, lock)
					if lock == 1 {
						_, err = s.Lock(context.Background(), "g", id)
					} else {
						_, err = s.Unlock(context.Background(), "g", id)
					}
					if err == nil {
						fmt.Printf("a %d %d\n", c, lock)
					}
				}
			}
		})
	}
	all.Wait()
	return nil
}

// known is what the clients may believe at the end of the victim's output. It calls begun when one knows something.
func known(t *testing.T, output io.Reader, begun func()) (may, mayNot [killClients]bool, acks int) {
	t.Helper()
	for c := range mayNot {
		mayNot[c] = true
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) != 3 {
			t.Fatalf("the victim says %q", lines.Text())
		}
		c, err := strconv.Atoi(words[1])
		if err != nil {
			t.Fatal(err)
		}
		lock := words[2] == "1"
		switch {
		case words[0] == "a":
			may[c], mayNot[c] = lock, !lock
			if acks++; acks == 1 {
				begun()
			}
		case lock:
			may[c] = true
		default:
			mayNot[c] = true
		}
	}
	return may, mayNot, acks
}

func TestKilledUnderLoad(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "state")
	total := 0
	for round := 0; round < 25 || total < 1000; round++ { // a light load tells nothing
		cmd := exec.CommandContext(t.Context(), self)
		cmd.Env = append(os.Environ(), killVariable+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		may, mayNot, acks := known(t, out, func() {
			time.AfterFunc(time.Duration(rand.IntN(100))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		})
		_ = cmd.Wait() // killed
		total += acks
		checkKilled(t, round, dir, may, mayNot)
	}
	t.Logf("%d operations acknowledged", total)
}

// checkKilled opens the store, compares it with what the clients know, and
// frees all locks for the next round.
func checkKilled(t *testing.T, round int, dir string, may, mayNot [killClients]bool) {
	t.Helper()
	s, err := filestore.Open(dir, semaphore.Groups{"g": killSlots}, nil)
	if err != nil {
		t.Fatalf("round %d: %v", round, err)
	}
	defer s.Close()
	sem, err := s.Get(t.Context(), "g")
	if err != nil || len(sem.Holders) > killSlots {
		t.Fatalf("round %d: %q, %v", round, sem.Holders, err)
	}
	for c := range killClients {
		held := sem.Holds(fmt.Sprint("client-", c))
		if held && !may[c] || !held && !mayNot[c] {
			t.Fatalf("round %d: client %d holds the lock: %v, which it knows to be wrong", round, c, held)
		}
	}
	for _, id := range sem.Holders {
		if _, err := s.Unlock(t.Context(), "g", id); err != nil {
			t.Fatal(err)
		}
	}
}
