//go:build linux

package agenttest

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
)

func TestShow(t *testing.T) {
	n, _ := strconv.ParseUint(os.Getenv("SHOW"), 10, 64)
	w := newWorld(n, "http://h:1")
	if os.Getenv("BROKEN") != "" {
		w.breakUp("http://h:1")
	}
	for k, v := range w.files {
		fmt.Printf("%s: %q\n", k, v)
	}
	b, _ := json.MarshalIndent(w.deployments, "", " ")
	fmt.Println(string(b), w.verbs, w.graphs, w.locks, w.logins)
}
