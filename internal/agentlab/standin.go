package agentlab

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
)

// Call is one run of a stand-in.
type Call struct {
	// Args is the command line; Args[0] is the program's name without directory.
	Args []string
	// ClientID is the value of RPMOSTREE_CLIENT_ID, "" without.
	ClientID string
}

// Reply is what a stand-in does.
type Reply struct {
	// Stdout and Stderr are printed.
	Stdout, Stderr string
	// Exit is the exit status.
	Exit int
}

// socketEnv tells a stand-in where the lab listens.
const socketEnv = "NESTOS_AGENTLAB"

// Main has to be called first in TestMain. It returns at once, unless the process is a stand-in.
func Main() {
	name := filepath.Base(os.Args[0])
	switch name {
	case "rpm-ostree", "loginctl", "pkexec":
	default:
		return
	}
	os.Exit(standIn(name))
}

func standIn(name string) int {
	c, err := net.Dial("unix", os.Getenv(socketEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, "no lab:", err)
		return 111
	}
	call := Call{Args: append([]string{name}, os.Args[1:]...), ClientID: os.Getenv("RPMOSTREE_CLIENT_ID")}
	if err := json.NewEncoder(c).Encode(call); err != nil {
		return 111
	}
	var r Reply
	if err := json.NewDecoder(c).Decode(&r); err != nil {
		return 111
	}
	io.WriteString(os.Stderr, r.Stderr)
	io.WriteString(os.Stdout, r.Stdout)
	return r.Exit
}
