package command_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/afterburn/command"
)

func Example() {
	p := &command.Program{Stdout: os.Stdout, Stderr: os.Stdout}
	fmt.Println(p.Run(context.Background(), []string{"exp", "--version"}))
	fmt.Println(p.Run(context.Background(), []string{"-provider=nimbus", "-hostname=/run/hostname"}))
	// Output:
	// Afterburn-exp 5.11.0
	// 0
	// Error: failed to run
	//
	// Caused by:
	//     0: fetching metadata from provider
	//     1: unknown provider 'nimbus'
	// 1
}
