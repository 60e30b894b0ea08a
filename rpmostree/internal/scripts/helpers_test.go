package scripts_test

import (
	"bytes"
	"testing"

	"github.com/nestos-dev/nestos/rpmostree/internal/scripts"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/evr"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
)

func header(t testing.TB, spec *rpmtest.Spec) *rpm.Header {
	t.Helper()
	data, err := rpmtest.Build(spec)
	must(t, err)
	p, err := rpm.Read(bytes.NewReader(data))
	must(t, err)
	return p.Header
}

func pkg(t testing.TB, spec *rpmtest.Spec) *scripts.Package {
	t.Helper()
	return &scripts.Package{Header: header(t, spec)}
}

func sh(body string) rpm.Script { return rpm.Script{Body: body, HasBody: true} }

func luaScript(body string) rpm.Script {
	return rpm.Script{Body: body, HasBody: true, Prog: []string{"<lua>"}}
}

type scriptMap = map[rpm.ScriptKind]rpm.Script

func trigger(body string, prefixes ...string) rpm.Trigger {
	t := rpm.Trigger{Script: sh(body)}
	for _, p := range prefixes {
		t.Conditions = append(t.Conditions, evr.Dep{Name: p, Flags: evr.TriggerIn})
	}
	return t
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
