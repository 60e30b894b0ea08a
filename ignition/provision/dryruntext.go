package provision

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/nestos-dev/nestos/ignition/provision/plan"
)

// WriteText writes a dry run for people: one line a step, and a verdict.
func (d *DryRun) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, finding := range d.Findings {
		fmt.Fprintln(&b, printable(finding))
	}
	counts := map[plan.Verb]int{}
	for _, stage := range d.Stages {
		fmt.Fprintf(&b, "%s:\n", stage.Stage)
		table := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
		for _, s := range stage.Steps {
			counts[s.Verb]++
			detail := printable(s.Detail)
			if s.Destroys {
				detail = strings.TrimSpace("DATA LOST " + detail)
			}
			fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", s.Verb, s.Kind, printable(s.Name), detail)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	b.WriteString(d.verdict(counts))
	_, err := io.WriteString(w, b.String())
	return err
}

func (d *DryRun) verdict(counts map[plan.Verb]int) string {
	var parts []string
	for _, verb := range []plan.Verb{
		plan.Create, plan.Change, plan.Append, plan.Format, plan.Delete, plan.Mount, plan.Run, plan.Keep, plan.Skip, plan.Fail,
	} {
		if n := counts[verb]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, verb))
		}
	}
	if len(parts) == 0 {
		return "nothing to do\n"
	}
	text := strings.Join(parts, ", ") + "\n"
	if d.Destroys {
		text += "data that exists now would be lost\n"
	}
	switch {
	case d.Fails && d.Live:
		text += "applying would fail\n"
	case d.Fails:
		text += "provisioning would fail: the machine would not boot\n"
	}
	return text
}
