package sandbox

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// streams are the parent's and the child's ends of a program's files.
type streams struct {
	child []*os.File // to close after they have been sent
	mine  []*os.File // to close at the end
	out   sync.WaitGroup
	keep  *os.File // the caller's terminal

	mu  sync.Mutex
	err error // of the output
}

func (f *streams) files() []*os.File {
	if f.keep != nil {
		return append([]*os.File{f.keep}, f.child...)
	}
	return f.child
}

// openStreams makes the files of a program, in the order that [command] documents.
func openStreams(c *Cmd, r *command) (*streams, error) {
	f := new(streams)
	if c.Terminal != nil {
		f.keep, r.Terminal = c.Terminal, true
	} else {
		r.Output, r.Stderr, r.Input = c.Output != nil, c.Stderr != nil, c.Stdin != nil
		err := f.output(c.Output)
		if err == nil {
			err = f.output(c.Stderr)
		}
		if err == nil {
			err = f.input(c.Stdin)
		}
		if err != nil {
			f.finish()
			return nil, err
		}
	}
	if c.Script == nil {
		return f, nil
	}
	script, err := memfd("script", c.Script)
	if err != nil {
		f.finish()
		return nil, err
	}
	r.Script = true
	f.child = append(f.child, script)
	return f, nil
}

// output passes what the program writes to w.
func (f *streams) output(w io.Writer) error {
	if w == nil {
		return nil
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		return err
	}
	f.child = append(f.child, pw)
	f.out.Go(func() {
		defer pr.Close()
		if _, err := io.Copy(w, pr); err != nil {
			f.fail(err)
			io.Copy(io.Discard, pr) // so that the program does not hang
		}
	})
	return nil
}

// input passes the input through a pipe, or as a file in memory if that is where it is already: nothing can
// hang then.
func (f *streams) input(r io.Reader) error {
	if r == nil {
		return nil
	}
	if b, ok := r.(*bytes.Reader); ok {
		data := make([]byte, b.Len())
		if _, err := io.ReadFull(b, data); err != nil {
			return err
		}
		m, err := memfd("input", data)
		if err != nil {
			return err
		}
		f.child = append(f.child, m)
		return nil
	}
	pr, pw, err := os.Pipe()
	if err != nil {
		return err
	}
	f.child = append(f.child, pr)
	f.mine = append(f.mine, pw)
	go func() {
		io.Copy(pw, r)
		pw.Close()
	}()
	return nil
}

// finish waits for the end of the output. All processes that could write are dead, but the answer may never
// have come: the child's ends are closed first.
func (f *streams) finish() {
	closeAll(f.child)
	f.out.Wait()
	closeAll(f.mine)
}

func (f *streams) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}
