package guestinfo

import (
	"errors"
	"fmt"
	"strings"
)

// Prefix begins the names of all variables.
const Prefix = "guestinfo."

// ErrUnsupported is returned where VMware's way to its host is not known.
var ErrUnsupported = errors.New("vmware provider is not supported on this architecture")

// RPC sends a command to the host. The answer is valid only if ok.
type RPC func(command string) (answer string, ok bool, err error)

// Variables are the variables of this machine.
type Variables struct{ RPC RPC }

// Get returns a variable, by its name without Prefix, and whether it is set.
func (v Variables) Get(name string) (string, bool, error) {
	value, ok, err := v.RPC("info-get " + Prefix + name)
	if err != nil || !ok {
		return "", false, err
	}
	return value, true, nil
}

// Set sets a variable. The host knows no way to delete one.
func (v Variables) Set(name, value string) error {
	answer, ok, err := v.RPC("info-set " + Prefix + name + " " + value)
	if err == nil && !ok {
		// The answer may repeat the command, which may hold secrets.
		first, _, _ := strings.Cut(answer, "\n")
		if strings.Contains(first, value) {
			first = "refused"
		}
		err = fmt.Errorf("host: %.80q", first)
	}
	return err
}
