package bus

import (
	"fmt"
	"io"
	"strings"
)

// authenticate makes the other end expect messages. Who calls is not said but left to the kernel: in another user namespace
// the number would be another one.
func (c *Conn) authenticate() error {
	word, line, err := c.ask("\x00AUTH EXTERNAL\r\n")
	if err == nil && word == "DATA" {
		word, line, err = c.ask("DATA\r\n")
	}
	if err != nil {
		return err
	}
	if word != "OK" {
		return fmt.Errorf("the bus answered %.80q", line)
	}
	_, err = io.WriteString(c.socket, "BEGIN\r\n")
	return err
}

// ask sends a line and returns the answer and the first word of it.
func (c *Conn) ask(question string) (word, line string, err error) {
	if _, err := io.WriteString(c.socket, question); err != nil {
		return "", "", err
	}
	// What is longer than the buffer is an error.
	answer, err := c.in.ReadSlice('\n')
	if err != nil {
		return "", "", truncated(err)
	}
	line, ok := strings.CutSuffix(string(answer), "\r\n")
	if !ok {
		return "", "", fmt.Errorf("the bus answered %.80q", answer)
	}
	word, _, _ = strings.Cut(line, " ")
	return word, line, nil
}
