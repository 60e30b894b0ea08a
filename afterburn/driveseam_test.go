package afterburn

import (
	"context"
	"sync"

	"github.com/nestos-dev/nestos/afterburn/internal/drive"
	"github.com/nestos-dev/nestos/internal/run"
)

// recorder notes what programs are run, and fails them.
type recorder struct{ lines []string }

func (r *recorder) Run(_ context.Context, c run.Cmd) (run.Result, error) {
	r.lines = append(r.lines, c.String())
	return run.Result{}, run.ErrUnexpected
}

// countingDrive counts how often each file is read.
type countingDrive struct {
	drive.Drive
	mu    sync.Mutex
	reads map[string]int
}

func (d *countingDrive) ReadFile(name string, limit int64) ([]byte, error) {
	d.mu.Lock()
	d.reads[name]++
	d.mu.Unlock()
	return d.Drive.ReadFile(name, limit)
}

// countReads puts a counter before the drive of a provider.
func countReads(p Provider) *countingDrive {
	c := &countingDrive{reads: map[string]int{}}
	switch p := p.(type) {
	case *ibmCloud:
		c.Drive, p.Drive = p.Drive, c
	case *ibmCloudClassic:
		c.Drive, p.Drive = p.Drive, c
	case *powerVS:
		c.Drive, p.Drive = p.Drive, c
	case *openStackDrive:
		c.Drive, p.Drive = p.Drive, c
	}
	return c
}
