package cli_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/internal/cli"
)

func ExampleParser() {
	var depth int
	var branches []string
	p := &cli.Parser{
		Program: "ostree prune",
		Summary: "Search for unreachable objects",
		Options: []cli.Option{
			{Long: "depth", Arg: "DEPTH", Help: "Only traverse DEPTH parents", Value: cli.Int(&depth)},
			{Long: "only-branch", Short: 'b', Arg: "BRANCH", Help: "Only prune BRANCH", Value: cli.Strings(&branches)},
		},
	}
	args, err := p.Parse([]string{"x", "--depth=2", "-b", "main", "y", "--only-branch", "old"})
	fmt.Println(args, depth, branches, err)
	_, err = p.Parse([]string{"--depth"})
	fmt.Println(err)
	fmt.Print(p.Help())
	// Output:
	// [x y] 2 [main old] <nil>
	// Missing argument for --depth
	// Usage:
	//   ostree prune [OPTION…]
	//
	// Search for unreachable objects
	//
	// Help Options:
	//   -h, --help                   Show help options
	//
	// Application Options:
	//   --depth=DEPTH                Only traverse DEPTH parents
	//   -b, --only-branch=BRANCH     Only prune BRANCH
}

func ExampleApp() {
	app := &cli.App{Commands: []cli.Command{{
		Name: "init", Help: "Initialize a new empty repository",
		Run: func(ctx context.Context, env *cli.Env, args []string) error {
			fmt.Fprintln(env.Stdout, env.Program, args)
			return nil
		},
	}}}
	env := cli.OSEnv("ostree")
	env.Stderr = os.Stdout
	fmt.Println(cli.PrintError(env, app.Run(context.Background(), env, []string{"--repo=r", "init"})))
	// Output:
	// ostree init [--repo=r]
	// 0
}
