// Package notify tells the service manager how the agent is doing.
//
// [New] takes the address from the variable NOTIFY_SOCKET: the path of a Unix datagram socket, or one that begins
// with "@" for the abstract namespace. Each message is one datagram of the protocol of sd_notify(3), of one line:
//
//	READY=1
//	STATUS=update staged: 40.2
//	WATCHDOG=1
//	STOPPING=1
//
// The methods may be called by several goroutines at once. A manager that does not listen costs a second at most.
package notify

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/nestos-dev/nestos/zincati/internal/logfmt"
)

// ErrNoSocket is the error of all messages when there is no service manager.
var ErrNoSocket = errors.New("status notifications not supported for this service")

// sendTime is how long the manager's queue may stay full.
const sendTime = time.Second

// maxStatus bounds the text of a status in bytes, well below the size of a datagram.
const maxStatus = 4 << 10

// Notifier sends messages to the service manager. The zero value, and nil, have none to send to.
type Notifier struct{ socket string }

// New returns a Notifier for the value of NOTIFY_SOCKET, which may be empty.
func New(socket string) *Notifier { return &Notifier{socket: socket} }

// Enabled reports whether there is a service manager.
func (n *Notifier) Enabled() bool { return n != nil && n.socket != "" }

// Ready says that the service has started.
func (n *Notifier) Ready() error { return n.send("READY=1") }

// Stopping says that the service has begun to end.
func (n *Notifier) Stopping() error { return n.send("STOPPING=1") }

// Watchdog says that the service is alive.
func (n *Notifier) Watchdog() error { return n.send("WATCHDOG=1") }

// Status shows a text to operators. Control characters become blanks: a line feed would begin another message, and
// the text has parts that come from servers.
func (n *Notifier) Status(text string) error {
	return n.send("STATUS=" + line(text))
}

func line(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxStatus)], "\uFFFD")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

func (n *Notifier) send(message string) error {
	if !n.Enabled() {
		return ErrNoSocket
	}
	if c := n.socket[0]; c != '/' && c != '@' {
		return fmt.Errorf("notify socket address %q: not supported", n.socket)
	}
	if err := datagram(n.socket, message+"\n"); err != nil {
		return fmt.Errorf("failed to notify service manager of service status change: failed to send notify datagram: %w", err)
	}
	return nil
}

func datagram(socket, message string) error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		return cause(err)
	}
	defer conn.Close()
	if err := conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(message))
	return cause(err)
}

// systemError is an error of the kernel in the words that journals of zincati have.
type systemError struct{ syscall.Errno }

func (e systemError) Error() string { return logfmt.Line(e.Errno) }
func (e systemError) Unwrap() error { return e.Errno }

// cause is what the kernel said, without the addresses that the net package puts before it.
func cause(err error) error {
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return systemError{e}
	}
	return err
}

// WatchdogInterval returns the time within which the service manager wants to hear from [Notifier.Watchdog], from the
// values of the variables WATCHDOG_USEC and WATCHDOG_PID and the process's own number; 0 means never. Without a message
// for that long the manager acts, so twice as often is advisable.
func WatchdogInterval(usec, pid string, self int) (time.Duration, error) {
	if usec == "" || pid != "" && pid != strconv.Itoa(self) {
		return 0, nil
	}
	n, err := strconv.ParseInt(usec, 10, 64)
	if err != nil || n <= 0 || n > int64(1<<63-1)/1000 {
		return 0, fmt.Errorf("invalid watchdog time %q", usec)
	}
	return time.Duration(n) * time.Microsecond, nil
}
