package powercut

import (
	"os"
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

const privateMark = "NESTOS_PRIVATE_MOUNTS"

// PrivateMounts is for programs and tests that mount what they replay. It runs the program again in a mount
// namespace of its own and reports true with its exit status; in that second run, and without the permission
// for it, it reports false. A namespace that some other process makes meanwhile would hold copies of the
// mounts, and file systems would stay in use when they are unmounted here.
func PrivateMounts() (exit int, done bool) {
	if os.Getenv(privateMark) != "" {
		return 0, false
	}
	exe, err := os.Executable()
	if err != nil {
		return 0, false
	}
	cmd := exec.Command(exe, os.Args[1:]...)
	cmd.Env = append(os.Environ(), privateMark+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &unix.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
	runtime.LockOSThread() // the end of this thread would count as the end of the parent
	if err := cmd.Start(); err != nil {
		return 0, false
	}
	if err := cmd.Wait(); err == nil {
		return 0, true
	}
	if code := cmd.ProcessState.ExitCode(); code > 0 {
		return code, true
	}
	return 1, true // a signal
}
