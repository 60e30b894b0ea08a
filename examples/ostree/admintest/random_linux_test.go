package admintest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// randomLine makes one command. Numbers may be out of range: refusals must be the same too.
func randomLine(r *rand.Rand) string {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	flags := func() string {
		var f []string
		for _, flag := range []string{"--retain", "--retain-pending", "--retain-rollback", "--not-as-default", "--no-prune", "--no-merge", "--karg-append=x=1", "--karg=y=2", "--karg-none"} {
			if r.IntN(8) == 0 {
				f = append(f, flag)
			}
		}
		return strings.Join(f, " ")
	}
	commit := func() string {
		return pick("$C1", "$C2", "$C3", "$C4", "$O1", "$DT", "$NI", "$PI", "origin:demo/x86_64")
	}
	switch r.IntN(12) {
	case 0, 1, 2:
		return fmt.Sprintf("ostree admin deploy --os=%s %s %s", pick("demo", "demo", "other"), flags(), commit())
	case 3:
		return "ostree admin upgrade --os=demo --deploy-only --allow-downgrade"
	case 4, 5:
		return fmt.Sprintf("ostree admin undeploy %d", r.IntN(4))
	case 6:
		return fmt.Sprintf("ostree admin pin %s %d", pick("", "--unpin"), r.IntN(3))
	case 7:
		return "ostree admin cleanup"
	case 8:
		return fmt.Sprintf("ostree admin instutil set-kargs %s --append=%s=%d --replace=b=%d %s", pick("", "--merge"), pick("a", "b"), r.IntN(3), r.IntN(3), pick("", "c", "d=1"))
	case 9:
		return fmt.Sprintf("cd $(ostree admin --print-current-dir)/etc && %s", pick("echo edited$$ | tr -d 0-9 >a.conf", "rm -f b.conf", "echo b >b.conf", "mkdir -p new/dir && echo x >new/dir/f", "ln -sfn target link", "rm -rf sub", "chmod 600 a.conf"))
	case 10:
		return ref(pick("C1", "C2", "C3", "C4"))
	default:
		return "ostree admin status"
	}
}

// TestRandomSequence runs random commands with both programs, and with both in random turns.
func TestRandomSequence(t *testing.T) {
	a, b := ours(t), theirs(t)
	seed := testutil.Seed(t)
	r := rand.New(rand.NewPCG(seed, 1))
	lines := readScenario(t, "_three")
	lines = append(lines, scenarioLine{command: "sh $TESTDATA/pull.sh $O1 $DT $NI $PI"}, scenarioLine{command: "ostree admin os-init other"})
	for range 30 {
		lines = append(lines, scenarioLine{command: randomLine(r)})
	}
	mixed := func(line int) program {
		return []program{a, b}[rand.New(rand.NewPCG(seed, uint64(line))).IntN(2)]
	}
	compare(t, lines, newSide(t, "theirs", always(b)), newSide(t, "ours", always(a)), newSide(t, "mixed", mixed))
}
