package bootloader_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/ostree/sysroot/bootloader"
)

func (r *recorder) Run(_ context.Context, c bootloader.Command) error {
	r.commands = append(r.commands, c)
	if r.do != nil {
		return r.do(c)
	}
	return r.err
}

func TestExec(t *testing.T) {
	for name, c := range map[string]struct {
		command bootloader.Command
		want    string
	}{
		"success": {bootloader.Command{Name: "true"}, ""},
		"code":    {bootloader.Command{Name: "sh", Args: []string{"-c", "exit $X"}, Env: []string{"X=7"}}, "Child process exited with code 7"},
		"signal":  {bootloader.Command{Name: "sh", Args: []string{"-c", "kill -9 $$"}}, "Child process killed by signal 9"},
		"missing": {bootloader.Command{Name: "/nonexist"}, "Failed to execute child process “/nonexist” (No such file or directory)"},
		"no name": {bootloader.Command{Name: "nestos-no-such-program"}, "Failed to execute child process “nestos-no-such-program” (No such file or directory)"},
		"no root": {bootloader.Command{Name: "x", Chroot: "/nonexist"}, "Failed to execute child process “x” (No such file or directory)"},
	} {
		t.Run(name, func(t *testing.T) {
			err := (*bootloader.Exec)(nil).Run(t.Context(), c.command)
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if strings.Contains(c.want, "No such file") && !errors.Is(err, fs.ErrNotExist) {
				t.Error("not fs.ErrNotExist")
			}
		})
	}
}
