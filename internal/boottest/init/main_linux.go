// Init is the /init of the initramfs that package boottest packs.
//
// It mounts the file systems that early user space expects, loads the modules
// listed in /modules.load, mounts the root file system named by root=UUID=…,
// runs ostree-prepare-root on it, and hands over to /sbin/init there. Any
// failure is printed on the console and powers the machine off.
package main

import "github.com/nestos-dev/nestos/internal/boottest/early"

func main() {
	early.Main(early.MountBasics, early.LoadModules, early.MountRoot, early.PrepareRoot, early.SwitchRoot)
}
