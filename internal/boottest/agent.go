package boottest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// A Request asks the agent in the guest for one action: the first field that
// is set decides which.
type Request struct {
	Run     []string // execute this program and wait for it
	Env     []string // NAME=VALUE, added to the environment of Run
	Read    string   // return the content of this file
	Write   string   // create or replace this file with Data
	Mkdir   string   // create this directory and its parents
	Remove  string   // remove this file or tree
	List    string   // return the names in this directory, one a line
	CanMake string   // create and remove a file in this directory
	Stat    string   // return mode, user and group of this path, such as "-rw-r--r-- 0 0"
	Resolve string   // return this path without links
	SysRq   string   // write this letter to /proc/sysrq-trigger
	Data    string   // for Write
	Last    bool     // the action ends the guest: no answer is waited for
}

// A Reply is the agent's answer.
type Reply struct {
	Output string // of Run: standard output and standard error; of Read: the content; of List: the names; of Stat and Resolve: the answer
	Code   int    // the exit code of Run, -1 if it was killed by a signal
	Error  string // why the action was impossible, "" otherwise
}

// Hello is the line the agent sends first; the guest has booted then.
const Hello = "boottest agent ready"

// maxReply bounds a line from the guest.
const maxReply = 4 << 20

// A conn speaks the host's side of the protocol.
type conn struct {
	w io.Writer
	r *bufio.Scanner
}

func newConn(rw io.ReadWriter) *conn {
	c := &conn{w: rw, r: bufio.NewScanner(rw)}
	c.r.Buffer(make([]byte, 64<<10), maxReply)
	return c
}

func (c *conn) line() (string, error) {
	if c.r.Scan() {
		return c.r.Text(), nil
	}
	if err := c.r.Err(); err != nil {
		return "", err
	}
	return "", io.ErrUnexpectedEOF
}

func (c *conn) hello() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	if line != Hello {
		return fmt.Errorf("unexpected first line %.100q", line)
	}
	return nil
}

func (c *conn) call(req Request) (*Reply, error) {
	data, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	if _, err := c.w.Write(append(data, '\n')); err != nil {
		return nil, err
	}
	if req.Last {
		return new(Reply), nil
	}
	line, err := c.line()
	if err != nil {
		return nil, err
	}
	reply := new(Reply)
	if err := json.Unmarshal([]byte(line), reply); err != nil {
		return nil, fmt.Errorf("reply %.100q: %w", line, err)
	}
	return reply, nil
}
