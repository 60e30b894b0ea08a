// Agent is the program that executes the requests of package boottest in a
// guest. It takes the path of the serial device as its argument.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/boottest"
	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: agent DEVICE")
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "agent:", err)
		os.Exit(1)
	}
}

func serve(device string) error {
	port, err := os.OpenFile(device, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	defer port.Close()
	if err := raw(int(port.Fd())); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(port, boottest.Hello); err != nil {
		return err
	}
	lines := bufio.NewReader(port)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		var req boottest.Request
		reply := &boottest.Reply{}
		if err := json.Unmarshal(line, &req); err != nil {
			reply.Error = err.Error()
		} else if reply.Output, reply.Code, err = act(&req); err != nil {
			reply.Error = err.Error()
		}
		answer, err := json.Marshal(reply)
		if err != nil {
			return err
		}
		if _, err := port.Write(append(answer, '\n')); err != nil {
			return err
		}
	}
}

// raw makes the terminal a pipe of bytes.
func raw(fd int) error {
	tio, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	tio.Iflag, tio.Oflag, tio.Lflag = 0, 0, 0
	tio.Cflag = tio.Cflag&^(unix.CSIZE|unix.PARENB|unix.CRTSCTS|unix.CBAUD) | unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	tio.Cc[unix.VMIN], tio.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, tio)
}

func act(req *boottest.Request) (output string, code int, err error) {
	switch {
	case len(req.Run) > 0:
		return run(req.Run, req.Env)
	case req.Read != "":
		data, err := os.ReadFile(req.Read)
		return string(data), 0, err
	case req.Write != "":
		return "", 0, os.WriteFile(req.Write, []byte(req.Data), 0o644)
	case req.Mkdir != "":
		return "", 0, os.MkdirAll(req.Mkdir, 0o755)
	case req.Remove != "":
		return "", 0, os.RemoveAll(req.Remove)
	case req.List != "":
		return list(req.List)
	case req.CanMake != "":
		return "", 0, canMake(req.CanMake)
	case req.Stat != "":
		return stat(req.Stat)
	case req.Resolve != "":
		path, err := filepath.EvalSymlinks(req.Resolve)
		return path, 0, err
	case req.SysRq != "":
		return "", 0, os.WriteFile("/proc/sysrq-trigger", []byte(req.SysRq), 0)
	}
	return "", 0, errors.New("empty request")
}

func run(argv, env []string) (string, int, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		err = nil
	}
	code := -1
	if cmd.ProcessState != nil {
		code = cmd.ProcessState.ExitCode()
	}
	return string(out), code, err
}

func list(dir string) (string, int, error) {
	entries, err := os.ReadDir(dir)
	var names strings.Builder
	for _, e := range entries {
		names.WriteString(e.Name() + "\n")
	}
	return names.String(), 0, err
}

// stat does not follow a link.
func stat(path string) (string, int, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return "", 0, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%v %d %d", info.Mode(), owner.Uid, owner.Gid), 0, nil
}

func canMake(dir string) error {
	f, err := os.CreateTemp(dir, ".probe")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}
