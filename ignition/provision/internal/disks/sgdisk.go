package disks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nestos-dev/nestos/ignition/config/v3_7_experimental/types"
	"github.com/nestos-dev/nestos/ignition/internal/oplog"
	"github.com/nestos-dev/nestos/internal/run"
)

var errSgdiskOutput = errors.New("sgdisk had unexpected output")

// wanted is a partition of the config, in logical sectors.
type wanted struct {
	types.Partition
	index       int    // in the config
	start, size *int64 // nil: not given
}

func (w *wanted) shouldExist() bool { return yes(w.ShouldExist) }

// sgdisk is one run of the program.
type sgdisk struct {
	deletions []int
	creations []wanted
	infos     []int
}

// args are deletions, creations, questions, and if there are any the device.
func (o *sgdisk) args(device string) []string {
	var args []string
	for _, n := range o.deletions {
		args = append(args, fmt.Sprintf("--delete=%d", n))
	}
	for _, w := range o.creations {
		args = append(args, fmt.Sprintf("--new=%d:%d:+%d", w.Number, value(w.start, 0), value(w.size, 0)))
		if w.Label != nil {
			args = append(args, fmt.Sprintf("--change-name=%d:%s", w.Number, *w.Label))
		}
		if !empty(w.TypeGUID) {
			args = append(args, fmt.Sprintf("--typecode=%d:%s", w.Number, *w.TypeGUID))
		}
		if !empty(w.GUID) {
			args = append(args, fmt.Sprintf("--partition-guid=%d:%s", w.Number, *w.GUID))
		}
	}
	for _, n := range o.infos {
		args = append(args, fmt.Sprintf("--info=%d", n))
	}
	if len(args) == 0 {
		return nil
	}
	return append(args, device)
}

// pretend asks what a run would give.
func (s *stage) pretend(ctx context.Context, o *sgdisk, device string) (string, error) {
	args := append([]string{"--pretend"}, o.args(device)...)
	s.log.Info("running sgdisk with options: %v", args)
	out, err := s.h.Run.Run(ctx, run.Command("sgdisk", args...))
	if err == nil && out.Truncated {
		err = errSgdiskOutput
	}
	if err != nil {
		return "", &pretendError{err, string(out.Stderr)}
	}
	return string(out.Stdout), nil
}

// pretendError says what sgdisk said, which is where the reason is.
type pretendError struct {
	err    error
	stderr string
}

func (e *pretendError) Error() string {
	cause := e.err.Error()
	if n := oplog.Exit(e.err); n > 0 {
		cause = fmt.Sprintf("exit status %d", n)
	}
	return fmt.Sprintf("failed to pretend to create partitions. Err: %s. Stderr: %s", cause, e.stderr)
}

func (e *pretendError) Unwrap() error { return e.err }

// commit changes the table.
func (s *stage) commit(ctx context.Context, o *sgdisk, device string) error {
	args := o.args(device)
	if len(args) == 0 {
		return nil
	}
	return s.sgdisk(ctx, args, fmt.Sprintf("deleting %d partitions and creating %d partitions on %q", len(o.deletions), len(o.creations), device))
}

func (s *stage) sgdisk(ctx context.Context, args []string, what string) error {
	s.log.Info("running sgdisk with options: %v", args)
	if _, err := s.log.Cmd(ctx, s.h.Run, what, run.Command("sgdisk", args...)); err != nil {
		return fmt.Errorf("create partitions failed: %w", err)
	}
	return nil
}

// extent is where sgdisk would put a partition.
type extent struct{ start, size int64 }

var (
	firstSector = regexp.MustCompile(`^First sector: (\d+) \(.*\)$`)
	lastSector  = regexp.MustCompile(`^Last sector: (\d+) \(.*\)$`)
)

// parsePretend reads the answers to questions about partitions, in the order of the
// questions. Labels, which sgdisk does not escape, must not be in the output.
func parsePretend(out string, numbers []int) (map[int]extent, error) {
	var first, last []int64
	for line := range strings.SplitSeq(out, "\n") {
		for _, r := range []struct {
			re   *regexp.Regexp
			list *[]int64
		}{{firstSector, &first}, {lastSector, &last}} {
			if m := r.re.FindStringSubmatch(line); m != nil {
				n, err := strconv.ParseInt(m[1], 10, 64)
				if err != nil {
					return nil, errSgdiskOutput
				}
				*r.list = append(*r.list, n)
			}
		}
		// A last sector must follow its first one.
		if len(last) > len(first) || len(first) > len(last)+1 {
			return nil, errSgdiskOutput
		}
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	if len(first) != len(numbers) || len(last) != len(numbers) {
		return nil, errSgdiskOutput
	}
	found := make(map[int]extent, len(numbers))
	for i, n := range numbers {
		if last[i] < first[i] {
			return nil, errSgdiskOutput
		}
		found[n] = extent{first[i], last[i] - first[i] + 1}
	}
	return found, nil
}
