//go:build !unix

package run

import (
	"os"
	"os/exec"
	"time"
)

func ownGroup(*exec.Cmd, time.Duration) (after func()) { return func() {} }

func signalName(*os.ProcessState) string { return "" }
