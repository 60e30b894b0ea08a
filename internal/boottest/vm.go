package boottest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// VMOptions describe a virtual machine.
type VMOptions struct {
	Disk    *Disk
	Kernel  string
	Initrd  string
	Options string // kernel arguments; the console, and what an emulator needs, are added
	Console string // file that receives the console
	Dir     string // folder for a socket; its path must be short (108 bytes)

	Drives   []Drive           // more disks
	Firmware map[string]string // items of QEMU's firmware configuration: name → file with the content
	Network  bool              // a network in which 10.0.2.2 is this machine's loopback, and nothing else exists

	Accel  string        // QEMU's -accel (tcg)
	CPUs   int           // (2)
	Memory int           // MiB (1024)
	Boot   time.Duration // how long Start waits for the agent (15 minutes)
}

// A Drive is a disk of a guest beside the first. The guest finds it as
// /dev/disk/by-id/virtio-SERIAL.
type Drive struct {
	Path   string // raw image
	Serial string // at most 20 bytes
}

// A VM is a running guest.
type VM struct {
	cmd    *exec.Cmd
	conn   *conn
	socket net.Conn
	done   chan error
}

// Start boots a guest and returns when its agent answers. The guest ends
// when it reboots or powers off, and when ctx ends.
func Start(ctx context.Context, opts *VMOptions) (*VM, error) {
	o := *opts
	o.Accel = orDefault(o.Accel, "tcg")
	o.CPUs = orDefault(o.CPUs, 2)
	o.Memory = orDefault(o.Memory, 1024)
	o.Boot = orDefault(o.Boot, 15*time.Minute)

	socket := filepath.Join(o.Dir, "agent")
	if err := os.Remove(socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer listener.Close()

	cmd := exec.CommandContext(ctx, "qemu-system-x86_64", o.args(socket)...)
	var stderr strings.Builder
	cmd.Stderr, cmd.SysProcAttr = &stderr, dieTogether()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	vm := &VM{cmd: cmd, done: make(chan error, 1)}
	go func() {
		err := cmd.Wait()
		if err != nil {
			err = fmt.Errorf("qemu: %w: %s", err, stderr.String())
		}
		vm.done <- err
		close(vm.done)
		listener.Close()
	}()
	if err := vm.greet(listener, o.Boot); err != nil {
		cmd.Process.Kill()
		return nil, errors.Join(fmt.Errorf("guest did not boot: %w", err), <-vm.done)
	}
	return vm, nil
}

func (o *VMOptions) args(socket string) []string {
	args := []string{
		// With rdrand the kernel need not wait for entropy.
		"-accel", o.Accel, "-cpu", "qemu64,+rdrand", "-smp", fmt.Sprint(o.CPUs), "-m", fmt.Sprint(o.Memory),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-drive", "if=virtio,format=raw,cache=unsafe,file=" + o.Disk.Path,
		"-kernel", o.Kernel, "-initrd", o.Initrd,
		// An emulator that gets no processor for a while is late with the ticks by which the kernel judges its timer, and panics.
		"-append", o.Options + " console=ttyS0 panic=-1 no_timer_check",
		"-serial", "file:" + o.Console,
		"-chardev", "socket,id=agent,path=" + socket, "-serial", "chardev:agent",
	}
	for _, d := range o.Drives {
		args = append(args, "-drive", "if=none,format=raw,cache=unsafe,id="+d.Serial+",file="+d.Path,
			"-device", "virtio-blk-pci,drive="+d.Serial+",serial="+d.Serial)
	}
	for _, name := range sortedKeys(o.Firmware) {
		args = append(args, "-fw_cfg", "name="+name+",file="+o.Firmware[name])
	}
	if o.Network {
		args = append(args, "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=")
	}
	return args
}

// greet waits for QEMU's connection and the agent's first line.
func (vm *VM) greet(listener *net.UnixListener, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	listener.SetDeadline(deadline)
	socket, err := listener.Accept()
	if err != nil {
		return err
	}
	vm.socket, vm.conn = socket, newConn(socket)
	socket.SetDeadline(deadline)
	return vm.conn.hello()
}

// Call lets the agent execute a request, for at most ten minutes.
func (vm *VM) Call(req Request) (*Reply, error) {
	vm.socket.SetDeadline(time.Now().Add(10 * time.Minute))
	return vm.conn.call(req)
}

// Wait waits for the end of the guest, at most as long as given, and kills it
// then.
func (vm *VM) Wait(patience time.Duration) error {
	defer vm.socket.Close()
	select {
	case err := <-vm.done:
		return err
	case <-time.After(patience):
		vm.cmd.Process.Kill()
		<-vm.done
		return fmt.Errorf("guest did not end within %v", patience)
	}
}

// Kill ends the guest as a power failure would.
func (vm *VM) Kill() {
	vm.cmd.Process.Kill()
	<-vm.done
	vm.socket.Close()
}

// CPU returns how much processor time the emulation of an ended guest took: on a
// busy machine this says more than how long it took.
func (vm *VM) CPU() time.Duration {
	return vm.cmd.ProcessState.UserTime() + vm.cmd.ProcessState.SystemTime()
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
