package cloudtest

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// BenchmarkStartUp starts the program and lets it write the attributes of aws, which takes a token and ten documents.
// The figure is the wall time of a run, with the start of the process and the work of the fake service. The program is
// the one in NESTOS_AFTERBURN, if that is set.
func BenchmarkStartUp(b *testing.B) {
	cloud, _ := fakecloud.Example("aws")
	m := newMachine(b)
	m.serve(cloud)
	args := []string{"--provider=aws", attributes}
	m.good(args...)
	e, _ := fakecloud.Expected("aws")
	m.same("attributes", sortedLines(m.read(out+"/attributes")), e.AttributesFile())
	for b.Loop() {
		cmd := exec.Command(m.bin, args...)
		cmd.Env = m.env
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cloud.ClearRequests()
		b.StartTimer()
	}
}

// sortedLines sorts lines: other programs write attributes in any order.
func sortedLines(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// BenchmarkProcess starts the program only to ask for its version.
func BenchmarkProcess(b *testing.B) {
	m := newMachine(b)
	for b.Loop() {
		cmd := exec.Command(m.bin, "--version")
		cmd.Env = m.env
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
	}
}
