//go:build linux

package agenttest

import (
	"fmt"
	"strings"
	"testing"
)

// TestRandomExtras has random worlds with the settings that the reference does not know. Whatever happens in them,
// only what was staged last is finalized, with a lock only after it was asked for, and the agent ends in order.
func TestRandomExtras(t *testing.T) {
	const extras = "agent.timing.spread = %t\ncincinnati.client_wariness = %t\nupdates.replace_staged = %t\n"
	ran, finalized := 0, 0
	t.Run("worlds", func(t *testing.T) {
		for seed := uint64(1); seed <= 16; seed++ {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				lock := false
				text := live(t, seed, "", func(w *world) {
					w.env = nil
					w.files["/etc/zincati/config.d/zzzz.toml"] = fmt.Sprintf(extras, w.one(2), w.one(2), !w.one(3))
					for _, f := range w.files {
						lock = lock || strings.Contains(f, `"fleet_lock"`)
					}
				})
				ran++
				events, log, _ := strings.Cut(text, "\n\n")
				if !strings.HasSuffix(events, "\nexit 0") || strings.Contains(log, "panic") {
					t.Fatalf("the agent crashed:\n%s", text)
				}
				staged, asked := "", false
				for line := range strings.Lines(events) {
					words := strings.Fields(line)
					switch {
					case strings.HasPrefix(line, "rpm-ostree deploy --lock") || strings.HasPrefix(line, "rpm-ostree rebase "):
						for _, word := range words {
							if strings.HasPrefix(word, "revision=") || strings.HasPrefix(word, "sha256:") {
								staged, asked = strings.TrimPrefix(word, "revision="), false
							}
						}
					case strings.HasPrefix(line, "POST /") && !strings.Contains(line, "v1/steady-state"):
						asked = true // redirects lead anywhere
					case strings.HasPrefix(line, "rpm-ostree finalize-deployment"):
						finalized++
						if words[2] != staged || lock && !asked {
							t.Errorf("%s was finalized after %q was staged, lock %t, asked %t\n%s", words[2], staged, lock, asked, events)
						}
					}
				}
			})
		}
	})
	if ran > 0 && finalized == 0 { // where agents can run at all
		t.Error("no world came to the end")
	}
}
