//go:build !linux

package prepareroot_test

func helperMain(string) int { return 2 }

func vmMain() {}
