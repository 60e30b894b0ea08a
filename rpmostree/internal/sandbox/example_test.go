package sandbox_test

import (
	"context"
	"fmt"
	"os"

	"github.com/nestos-dev/nestos/rpmostree/internal/sandbox"
)

// A script runs on a checkout whose files are hard links to objects of a repository; what it changes is listed
// and can be committed, the checkout stays as it is.
func Example() {
	sandbox.Main() // first thing in main

	run := func(ctx context.Context, checkout, scratch string) error {
		s, err := sandbox.Start(ctx, &sandbox.Config{Root: checkout, Upper: scratch})
		if err != nil {
			return err
		}
		defer s.Close()
		err = s.Run(ctx, &sandbox.Cmd{
			Argv: []string{"/bin/sh"}, Script: []byte("echo $1 > /etc/installed"), Args: []string{"1"}, Output: os.Stdout,
		})
		if err != nil {
			return err
		}
		for c, err := range s.Changes(ctx) {
			if err != nil {
				return err
			}
			fmt.Println(c.Kind, c.Path)
		}
		return nil
	}
	if err := run(context.Background(), "/var/tmp/checkout", "/var/tmp/scratch"); err != nil {
		fmt.Println(err)
	}
}
