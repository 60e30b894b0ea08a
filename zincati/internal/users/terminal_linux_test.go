package users_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/zincati/internal/users"
)

// terminal opens a pseudo terminal and returns the side of the person, and the name of the other below /dev.
func terminal(t *testing.T) (*os.File, string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no pseudo terminals: %v", err)
	}
	person := os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("pts/%d", n)
	if _, err := os.Stat("/dev/" + name); err != nil {
		t.Skipf("no pseudo terminals: %v", err)
	}
	return person, name
}

func read(t *testing.T, f *os.File, want int) string {
	t.Helper()
	if err := f.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	b := make([]byte, 4096)
	for got.Len() < want {
		n, err := f.Read(b)
		got.Write(b[:n])
		if err != nil {
			break
		}
	}
	return got.String()
}

func TestBroadcastReachesTerminals(t *testing.T) {
	one, first := terminal(t)
	two, second := terminal(t)
	c, log := logged("/")
	sessions := []users.Session{
		{User: "a", TTY: first}, {User: "nobody", TTY: "pts/nowhere"}, {User: "b", TTY: second}, {User: "again", TTY: first},
	}
	c.Broadcast(t.Context(), sessions, "40.2", 10*time.Minute)
	want := strings.ReplaceAll(users.Message(time.Unix(1795406385, 0), "40.2", 10*time.Minute), "\n", "\r\n")
	for _, f := range []*os.File{one, two} {
		if got := read(t, f, len(want)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
		t.Errorf("%d errors:\n%s", n, log)
	}
	if err := one.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, _ := one.Read(make([]byte, 10)); n > 0 {
		t.Error("the message came twice")
	}
}

// A stopped terminal must not hang the agent, nor keep the message from others.
func TestHungTerminal(t *testing.T) {
	var sessions []users.Session
	for range 5 {
		_, name := terminal(t)
		stop(t, name)
		sessions = append(sessions, users.Session{User: "hung", TTY: name})
	}
	awake, name := terminal(t)
	sessions = append(sessions, users.Session{User: "awake", TTY: name})
	c, log := logged("/")
	begin := time.Now()
	c.Broadcast(t.Context(), sessions, "40.2", time.Minute)
	if d := time.Since(begin); d > time.Minute {
		t.Errorf("took %v", d)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 5 {
		t.Errorf("%d errors:\n%s", n, log)
	}
	if got := read(t, awake, 300); !strings.Contains(got, "New update 40.2") {
		t.Errorf("the last one got %q", got)
	}
}

// stop does what Ctrl-S does: the terminal takes no output.
func stop(t *testing.T, name string) {
	t.Helper()
	fd, err := unix.Open("/dev/"+name, unix.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.IoctlSetInt(fd, unix.TCXONC, 0); err != nil { // TCOOFF
		t.Fatal(err)
	}
}

// Opening such a device may do something, so it is refused before.
func TestOtherCharacterDevices(t *testing.T) {
	c, log := logged("/")
	c.Broadcast(t.Context(), []users.Session{{TTY: "null"}, {TTY: "zero"}}, "40.2", time.Minute)
	if n := strings.Count(log.String(), "not a terminal"); n != 2 {
		t.Errorf("log is %s", log)
	}
}
