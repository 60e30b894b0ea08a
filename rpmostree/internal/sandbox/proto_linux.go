package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// The two processes talk over a socket that keeps the limits of messages. A message of the parent is a single
// byte with descriptors: the first is a file in memory with the request, so its size does not matter. An
// answer is its own text, possibly with a descriptor.

// request is what the parent asks for: exactly one of the fields is set.
type request struct {
	Setup *setup
	Run   *command
	Attrs []Attrs
	Open  *string // a path
}

// setup is the Config as the child needs it. All paths are absolute.
type setup struct {
	Root, Upper            string
	ReadWrite, ReadOnlyUsr bool
	UserNS                 bool
	Hide                   []string
	Binds                  []Bind
	Covers                 []Cover
	Capabilities           []int
	Processes              int
	// Remove makes the child remove Upper instead, and end.
	Remove bool
}

// command is a Cmd; its files are the descriptors of the message in the order of the flags that are set.
type command struct {
	Argv, Env                               []string
	Terminal, Output, Stderr, Input, Script bool
}

// answer tells how a request went.
type answer struct {
	Err       string // empty: it went well
	Errno     int    // inside Err, if there is one
	NoOverlay bool   // Err is one of the overlay's mount
	// Started is set when the program ran; Code and Signal are how it ended.
	Started      bool
	Code, Signal int
	// Notes are remarks of the set-up for the log.
	Notes []string
}

// maxAnswer is more than an answer's text; longer error texts are cut.
const maxAnswer = 32 << 10

func (a *answer) fail(err error) {
	a.Err = err.Error()
	if len(a.Err) > maxAnswer/8 {
		a.Err = a.Err[:maxAnswer/8]
	}
	var e syscall.Errno
	if errors.As(err, &e) {
		a.Errno = int(e)
	}
	a.NoOverlay = errors.Is(err, ErrNoOverlay)
}

// err is the error that the other side reported.
func (a *answer) err() error {
	switch {
	case a.Err == "":
		return nil
	case a.NoOverlay:
		return &remoteError{a.Err, ErrNoOverlay}
	case a.Errno != 0:
		return &remoteError{a.Err, syscall.Errno(a.Errno)}
	}
	return errors.New(a.Err)
}

// remoteError is an error of the child with what callers look for inside.
type remoteError struct {
	text  string
	cause error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.cause }

// memfd returns a file in memory that nobody can change.
func memfd(name string, data []byte) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), name)
	if _, err := f.Write(data); err != nil {
		f.Close()
		return nil, err
	}
	const seals = unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		f.Close()
		return nil, os.NewSyscallError("fcntl", err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func sendRequest(sock int, r *request, files ...*os.File) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	payload, err := memfd("request", data)
	if err != nil {
		return err
	}
	defer payload.Close()
	fds := []int{int(payload.Fd())}
	for _, f := range files {
		fds = append(fds, int(f.Fd()))
	}
	return os.NewSyscallError("sendmsg", unix.Sendmsg(sock, []byte{0}, unix.UnixRights(fds...), nil, unix.MSG_NOSIGNAL))
}

func receiveRequest(sock int) (*request, []*os.File, error) {
	_, files, err := receive(sock, 1, "request")
	if err != nil {
		return nil, nil, err
	}
	if len(files) == 0 {
		return nil, nil, errors.New("request without content")
	}
	defer files[0].Close()
	if _, err := files[0].Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	r := new(request)
	if err := json.NewDecoder(files[0]).Decode(r); err != nil {
		return nil, nil, err
	}
	return r, files[1:], nil
}

func sendAnswer(sock int, a *answer, files ...*os.File) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	var rights []byte
	for _, f := range files {
		rights = unix.UnixRights(int(f.Fd()))
	}
	return os.NewSyscallError("sendmsg", unix.Sendmsg(sock, data, rights, nil, unix.MSG_NOSIGNAL))
}

func receiveAnswer(sock int) (*answer, []*os.File, error) {
	data, files, err := receive(sock, maxAnswer, "answer")
	if err != nil {
		return nil, nil, err
	}
	a := new(answer)
	if err := json.Unmarshal(data, a); err != nil {
		return nil, nil, fmt.Errorf("answer of the sandbox: %w", err)
	}
	return a, files, nil
}

// receive waits for a message; io.EOF is the end of the other side.
func receive(sock, size int, name string) ([]byte, []*os.File, error) {
	data, control := make([]byte, size), make([]byte, unix.CmsgSpace(8*4))
	for {
		n, c, flags, _, err := unix.Recvmsg(sock, data, control, unix.MSG_CMSG_CLOEXEC)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return nil, nil, os.NewSyscallError("recvmsg", err)
		case n == 0:
			return nil, nil, io.EOF
		}
		files, err := receivedFiles(control[:c], name)
		if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
			err = errors.New("truncated message")
		}
		if err != nil {
			closeAll(files)
			return nil, nil, err
		}
		return data[:n], files, nil
	}
}

func receivedFiles(control []byte, name string) ([]*os.File, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			continue
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), name))
		}
	}
	return files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}
