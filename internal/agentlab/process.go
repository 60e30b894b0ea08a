//go:build linux

package agentlab

import "syscall"

// Exited is closed when the agent has ended; the lab must have been started.
func (l *Lab) Exited() <-chan struct{} { return l.exited }

// Pid is the agent's process id.
func (l *Lab) Pid() int { return l.cmd.Process.Pid }

// Signal sends the agent a signal.
func (l *Lab) Signal(s syscall.Signal) error { return l.cmd.Process.Signal(s) }
