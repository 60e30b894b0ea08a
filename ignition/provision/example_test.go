package provision_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/ignition/provision"
)

const motd = `{
  "ignition": {"version": "3.5.0"},
  "storage": {"files": [{"path": "/etc/motd", "contents": {"source": "data:,Welcome%0A"}}]}
}`

func Example() {
	root, err := os.MkdirTemp("", "root-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	ctx := context.Background()

	dry, err := provision.MakePlan(ctx, []byte(motd), &provision.PlanOptions{Root: root})
	if err != nil {
		log.Fatal(err)
	}
	for _, stage := range dry.Stages {
		for _, step := range stage.Steps {
			fmt.Println(stage.Stage, step.Verb, step.Kind, step.Name)
		}
	}
	if err := provision.Apply(ctx, []byte(motd), &provision.ApplyOptions{Root: root, Offline: true}); err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "etc/motd"))
	fmt.Printf("%s%v\n", text, err)
	// Output:
	// files create file /etc/motd
	// files create result file /etc/.ignition-result.json
	// Welcome
	// <nil>
}

// A live root gets no users: the plan says so, and with IgnoreUnsupported Apply leaves them out.
func ExamplePlanApply() {
	root, err := os.MkdirTemp("", "root-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	config := []byte(`{"ignition": {"version": "3.5.0"}, "passwd": {"users": [{"name": "core"}]},
		"storage": {"directories": [{"path": "/srv"}]}}`)
	opt := &provision.ApplyOptions{Root: root, Offline: true, IgnoreUnsupported: true, Skipped: func(s provision.Skipped) {
		fmt.Println("skipped:", s.Section, s.Names)
	}}
	dry, err := provision.PlanApply(context.Background(), config, opt)
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range dry.Stages[0].Steps {
		fmt.Println(step.Verb, step.Kind, step.Name)
	}
	fmt.Println(provision.Apply(context.Background(), config, opt))
	// Output:
	// skip user core
	// create directory /srv
	// skipped: passwd.users [core]
	// <nil>
}

func ExampleNewLogHandler() {
	log := slog.New(provision.NewLogHandler(os.Stdout))
	log.Info("Stage: fetch")
	log.Log(context.Background(), provision.LevelCritical, "Ignition failed: config is not valid")
	// Output:
	// INFO     : Stage: fetch
	// CRITICAL : Ignition failed: config is not valid
}

func ExampleEngine_Run() {
	dir, err := os.MkdirTemp("", "boot-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	in := func(name string) string { return filepath.Join(dir, name) }

	opt := &provision.Options{
		Platform: "metal", Config: []byte(motd), Root: in("sysroot"),
		ConfigCache: in("run/ignition.json"), StateFile: in("run/state"), NeedNet: in("run/neednet"),
		ConfigDirs: []string{in("etc")},
	}
	if err := os.Mkdir(opt.Root, 0o755); err != nil {
		log.Fatal(err)
	}
	for _, stage := range []provision.Stage{provision.StageFetch, provision.StageFiles} {
		engine, err := provision.New(opt)
		if err == nil {
			err = engine.Run(context.Background(), stage)
		}
		fmt.Println(stage, err)
	}
	_, err = os.Stat(filepath.Join(opt.Root, "etc/.ignition-result.json"))
	fmt.Println("result file:", err == nil)
	// Output:
	// fetch <nil>
	// files <nil>
	// result file: true
}
