package command_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/zincati/command"
)

func Example() {
	p := &command.Program{
		Stdout: os.Stdout, Stderr: os.Stdout,
		User: func() (string, error) { return "core", nil },
	}
	fmt.Println(p.Run(context.Background(), []string{"agent"}))
	fmt.Println(p.Run(context.Background(), []string{"agent", "now"}))
	// Output:
	// [ERROR zincati] error: update agent not running as `zincati` user
	// 1
	// error: unexpected argument 'now' found
	//
	// Usage: zincati agent [OPTIONS]
	//
	// For more information, try '--help'.
	// 2
}
