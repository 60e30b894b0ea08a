package main

import (
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// realOstree is the reference program, "" if it is not installed. It is looked up before this program takes its
// place in PATH.
var realOstree string

func TestMain(m *testing.M) {
	realOstree, _ = exec.LookPath("ostree")
	testscript.Main(m, map[string]func(){"ostree": main})
}

// TestScripts runs the scripts in testdata/script, where "ostree" is this program.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			env.Setenv("LC_ALL", "C.UTF-8")
			env.Setenv("OSTREE_GPG_HOME", env.WorkDir+"/no-global-keys")
			env.Setenv("GNUPGHOME", env.WorkDir+"/gpg")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"serve":    serve,
			"gpghome":  gpgHome,
			"signkeys": signKeys,
			"error":    checkError,
			"save":     save,
		},
	})
}
