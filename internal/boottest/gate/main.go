//go:build linux

// Command gate lets the agent's user run rpm-ostree as root, as rpm-ostree's service on the D-Bus does with polkit's
// consent. Called "rpm-ostree" it hands its command line to the socket; otherwise it is the service behind the socket,
// which systemd passes.
//
// The service runs the commands that the policy file of the agent lists, in the control group of who calls: rpm-ostree
// finds out from that which unit drives the updates.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	socket  = "/run/rpm-ostree-gate.socket"
	program = "/usr/libexec/rpm-ostree"
	caller  = "zincati"
)

var verbs = []string{"cleanup", "deploy", "finalize-deployment", "rebase", "status"}

type request struct {
	Args     []string
	ClientID string
}

type reply struct {
	Stdout, Stderr string
	Exit           int
}

func main() {
	if filepath.Base(os.Args[0]) == "rpm-ostree" {
		os.Exit(client())
	}
	fmt.Fprintln(os.Stderr, "gate:", serve())
	os.Exit(1)
}

func client() int {
	c, err := net.Dial("unix", socket)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	defer c.Close()
	var r reply
	err = json.NewEncoder(c).Encode(request{os.Args[1:], os.Getenv("RPMOSTREE_CLIENT_ID")})
	if err == nil {
		err = json.NewDecoder(c).Decode(&r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	io.WriteString(os.Stderr, r.Stderr)
	io.WriteString(os.Stdout, r.Stdout)
	return r.Exit
}

// serve returns why it cannot go on.
func serve() error {
	const firstPassed = 3
	l, err := net.FileListener(os.NewFile(firstPassed, "socket"))
	if err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			var req request
			if json.NewDecoder(io.LimitReader(c, 1<<16)).Decode(&req) != nil {
				return
			}
			r, err := answer(c.(*net.UnixConn), &req)
			if err != nil {
				r = &reply{Stderr: "error: " + err.Error() + "\n", Exit: 1}
			}
			fmt.Fprintf(os.Stderr, "rpm-ostree %q: exit status %d\n", req.Args, r.Exit)
			json.NewEncoder(c).Encode(r)
		}()
	}
}

func answer(c *net.UnixConn, req *request) (*reply, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *unix.Ucred
	var peerErr error
	if err := raw.Control(func(fd uintptr) { peer, peerErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return nil, err
	}
	if peerErr != nil {
		return nil, peerErr
	}
	u, err := user.Lookup(caller)
	if err != nil {
		return nil, err
	}
	if u.Uid != strconv.Itoa(int(peer.Uid)) && peer.Uid != 0 || len(req.Args) == 0 || !slices.Contains(verbs, req.Args[0]) {
		return nil, fmt.Errorf("user %d may not do that", peer.Uid)
	}
	group, err := groupOf(peer.Pid)
	if err != nil {
		return nil, err
	}
	defer group.Close()
	cmd := exec.Command(program, req.Args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	cmd.Env = append(os.Environ(), "RPMOSTREE_CLIENT_ID="+req.ClientID)
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	cmd.Wait()
	return &reply{out.String(), stderr.String(), cmd.ProcessState.ExitCode()}, nil
}

// groupOf opens the control group of a process.
func groupOf(pid int32) (*os.File, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	if err != nil {
		return nil, err
	}
	name, ok := strings.CutPrefix(strings.TrimSpace(string(text)), "0::")
	if !ok {
		return nil, fmt.Errorf("control groups of an older kind: %q", text)
	}
	return os.Open("/sys/fs/cgroup" + name)
}
