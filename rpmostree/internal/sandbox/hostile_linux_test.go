package sandbox_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// hostile is what a program in the sandbox tries. It prints a line for everything that it should not be able to
// do.
func hostile(what string, args []string) {
	attacks := map[string]func(args []string){
		"mounts": attackMounts, "userns": attackUserNamespace, "devices": attackDevices, "init": attackInit,
		"kernel": attackKernel, "network": attackNetwork, "setuid": attackSetuid, "euid": func([]string) { fmt.Println("euid", os.Geteuid()) },
		"lower": attackLower, "host": attackHost,
	}
	attacks[what](args)
	fmt.Println("done")
}

// refused reports a call that should have failed.
func refused(what string, err error) {
	if err == nil {
		fmt.Println("possible:", what)
	}
}

func attackMounts([]string) {
	refused("mount tmpfs", unix.Mount("tmpfs", "/tmp", "tmpfs", 0, ""))
	refused("bind", unix.Mount("/usr", "/tmp", "", unix.MS_BIND, ""))
	refused("remount", unix.Mount("", "/var", "", unix.MS_REMOUNT|unix.MS_BIND, ""))
	refused("remount proc", unix.Mount("", "/proc/sys", "", unix.MS_REMOUNT|unix.MS_BIND, ""))
	refused("umount", unix.Unmount("/usr/share/rpm", unix.MNT_DETACH))
	refused("umount proc/sys", unix.Unmount("/proc/sys", unix.MNT_DETACH))
	refused("pivot_root", unix.PivotRoot("/usr", "/usr/lib"))
	refused("unshare", unix.Unshare(unix.CLONE_NEWNS))
	_, err := unix.Fsopen("tmpfs", 0)
	refused("fsopen", err)
	_, err = unix.OpenTree(unix.AT_FDCWD, "/usr", unix.OPEN_TREE_CLONE)
	refused("open_tree", err)
	refused("var", os.WriteFile("/var/x", nil, 0o600))
	refused("hidden database", os.WriteFile("/usr/share/rpm/x", nil, 0o600))
}

// attackUserNamespace gets all capabilities in a namespace of its own, which must not help.
func attackUserNamespace(args []string) {
	if len(args) > 0 {
		refused("remount var in a user namespace", unix.Mount("", "/var", "", unix.MS_REMOUNT|unix.MS_BIND, ""))
		refused("uncover the database", unix.Unmount("/usr/share/rpm", unix.MNT_DETACH))
		refused("uncover /proc/sys", unix.Unmount("/proc/sys", unix.MNT_DETACH))
		refused("kernel settings", os.WriteFile("/proc/sys/kernel/core_pattern", []byte("x"), 0))
		_, err := os.ReadDir("/proc/1/root")
		refused("root of process 1", err)
		unix.Mount("tmpfs", "/tmp", "tmpfs", 0, "")
		refused("a second /proc", unix.Mount("proc", "/tmp", "proc", 0, ""))
		refused("kernel settings", os.WriteFile("/tmp/sys/kernel/core_pattern", []byte("x"), 0))
		os.Exit(0)
	}
	cmd := exec.Command("/proc/self/exe", "hostile", "userns", "inside")
	cmd.Stdout = os.Stdout
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET,
		UidMappings: []syscall.SysProcIDMap{{HostID: 0, Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: 0, Size: 1}},
	}
	cmd.Run() // that it fails is fine too
}

func attackDevices([]string) {
	refused("block device", unix.Mknod("/tmp/block", unix.S_IFBLK|0o666, int(unix.Mkdev(8, 0))))
	refused("char device", unix.Mknod("/usr/char", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 1))))
	refused("chmod /dev/null", unix.Chmod("/dev/null", 0))
	refused("chown /dev/null", unix.Chown("/dev/null", 0, 0))
	refused("unlink /dev/null", unix.Unlink("/dev/null"))
	var st unix.Stat_t
	unix.Fstat(0, &st)
	refused("fchmod of the input", unix.Fchmod(0, st.Mode&0o7777))
	for _, name := range []string{"kmsg", "mem", "sda", "vda", "loop-control", "kvm", "fuse"} {
		_, err := os.Lstat("/dev/" + name)
		refused("/dev/"+name, err)
	}
	if _, err := os.ReadFile("/proc/kcore"); err == nil {
		if fi, err := os.Stat("/proc/kcore"); err == nil && fi.Mode()&os.ModeDevice == 0 {
			fmt.Println("possible: kcore")
		}
	}
}

func attackInit([]string) {
	for _, link := range []string{"root", "cwd", "exe"} {
		_, err := os.Readlink("/proc/1/" + link)
		refused("readlink "+link, err)
		_, err = os.Open("/proc/1/" + link)
		refused("open "+link, err)
	}
	for i := range 64 {
		_, err := os.Open(fmt.Sprint("/proc/1/fd/", i))
		refused(fmt.Sprint("descriptor ", i), err)
	}
	_, err := os.OpenFile("/proc/1/mem", os.O_RDWR, 0)
	refused("memory of process 1", err)
	refused("ptrace", unix.PtraceSeize(1))
	refused("ptrace attach", unix.PtraceAttach(1))
	fd, err := unix.PidfdOpen(1, 0)
	if err == nil {
		for i := range 64 {
			_, err := unix.PidfdGetfd(fd, i, 0)
			refused("pidfd_getfd", err)
		}
	}
	for s := syscall.Signal(1); s < 65; s++ {
		unix.Kill(1, s)
	}
}

func attackKernel([]string) {
	for _, file := range []string{"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/pid_max", "/proc/sys/vm/drop_caches", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger"} {
		f, err := os.OpenFile(file, os.O_WRONLY, 0)
		refused("writing to "+file, err)
		f.Close()
	}
	refused("sethostname", unix.Sethostname([]byte("x")))
	refused("reboot", unix.Reboot(unix.LINUX_REBOOT_CMD_CAD_OFF))
	refused("settimeofday", unix.Settimeofday(&unix.Timeval{Sec: 1}))
	refused("swapoff", os.NewSyscallError("", errnoOf(unix.SYS_SWAPOFF, "/x")))
	_, err := unix.OpenByHandleAt(unix.AT_FDCWD, unix.NewFileHandle(1, make([]byte, 8)), 0)
	if err != unix.EPERM {
		fmt.Println("possible: open_by_handle_at", err)
	}
	_, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	refused("packet socket", err)
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP)
	refused("raw socket", err)
	refused("capabilities", unix.Prctl(unix.PR_CAPBSET_READ, unix.CAP_SYS_ADMIN, 0, 0, 0)) // 0 would be an error-free "no"
}

func errnoOf(call uintptr, name string) error {
	p, _ := syscall.BytePtrFromString(name)
	_, _, e := syscall.RawSyscall(call, uintptr(unsafe.Pointer(p)), 0, 0)
	if e == 0 || e == unix.ENOENT {
		return nil
	}
	return e
}

// attackNetwork gets the address of a listener and the name of an abstract socket of the host.
func attackNetwork(args []string) {
	_, err := net.Dial("tcp", args[0])
	refused("a port of the host", err)
	_, err = net.Dial("unix", args[1])
	refused("an abstract socket of the host", err)
	_, err = net.Dial("unix", args[2])
	refused("a socket file of the host", err)
	if list, _ := net.Interfaces(); len(list) > 1 {
		fmt.Println("possible: interfaces", list)
	}
}

// attackSetuid runs a set-user-id copy of itself as another user.
func attackSetuid([]string) {
	data, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		fmt.Println(err)
		return
	}
	const file = "/usr/bin/setuid"
	os.WriteFile(file, data, 0o755)
	os.Chown(file, 0, 0)
	os.Chmod(file, 0o4755|os.ModeSetuid)
	cmd := exec.Command(file, "hostile", "euid")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	fmt.Printf("%s%v\n", out, err)
}

// attackLower changes a file in every way that there is.
func attackLower(args []string) {
	for _, file := range args {
		unix.Chmod(file, 0o4777)
		unix.Chown(file, 12, 13)
		unix.Lsetxattr(file, "user.hostile", []byte("x"), 0)
		unix.Lsetxattr(file, "security.capability", []byte("\x01\x00\x00\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 0)
		unix.UtimesNano(file, []unix.Timespec{{Sec: 1}, {Sec: 2}})
		os.Link(file, file+".link")
		if f, err := os.OpenFile(file+".link", os.O_RDWR, 0); err == nil {
			f.WriteAt([]byte("through a link"), 0)
			if m, err := unix.Mmap(int(f.Fd()), 0, 10, unix.PROT_WRITE|unix.PROT_READ, unix.MAP_SHARED); err == nil {
				copy(m, "mapped")
				unix.Msync(m, unix.MS_SYNC)
				unix.Munmap(m)
			}
			unix.Fallocate(int(f.Fd()), 0, 0, 1<<16)
			unix.IoctlSetPointerInt(int(f.Fd()), 0x40086602, 0x10) // FS_IOC_SETFLAGS, immutable
			f.Close()
		}
		if f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0); err == nil {
			f.WriteString("appended")
			f.Close()
		}
		os.Truncate(file, 1)
		os.Rename(file, file+".renamed")
	}
}

// attackHost looks for things of the host by their absolute paths.
func attackHost(args []string) {
	for _, file := range args {
		_, err := os.Lstat(file)
		refused(file, err)
	}
	// The classic way out of a chroot leads to the root of the sandbox.
	os.Mkdir("/tmp/jail", 0o755)
	dir, _ := os.Open("/")
	unix.Chroot("/tmp/jail")
	unix.Fchdir(int(dir.Fd()))
	for range 50 {
		unix.Chdir("..")
	}
	unix.Chroot(".")
	for _, file := range args {
		_, err := os.Lstat(file)
		refused(file+" by chroot", err)
	}
}
