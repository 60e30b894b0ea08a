// Package guestprop reads and deletes guest properties of VirtualBox: strings
// that the host's administrator sets for a virtual machine.
//
// They are kept by a service of the host, called through the device vboxguest
// by messages that the kernel takes as ioctls:
//
//	header   size in u32, version u32, type u32, status s32, size out u32, 0 u32
//	version  header, wanted u32, least u32, 0 u32, 0 u32
//	connect  header, location type u32, name of the service [128]
//	call     header, client u32, function u32, timeout u32, interruptible u8, 0 u8,
//	         number of parameters u16, parameters of 16 bytes:
//	         type u32, then a u32, a u64, or size u32 and address u64
//
// A value is stored as value, NUL, flags, NUL. Its size is learned by asking
// with a buffer that is too small.
package guestprop

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Service is the name of the host's service.
const Service = "VBoxGuestPropSvc"

// Status codes of VirtualBox that mean something here.
const (
	statusOK               = 0
	statusPermissionDenied = -10
	statusBufferOverflow   = -41
	statusNotFound         = -78
)

const (
	headerSize  = 24
	paramSize   = 16
	callSize    = headerSize + 16
	headVersion = 0x00010001

	interfaceVersion = 0x00010000

	locationExisting = 2 // a service of this host that runs already

	functionGet    = 1
	functionDelete = 4

	param32      = 1 // filled in by the host
	param64      = 2
	paramOut     = 4 // buffer, in and out
	paramIn      = 5 // buffer, only read
	waitForever  = 0xffffffff
	pointerValue = 8 // offset of the address in a parameter
)

// Requests of the ioctls; the sizes of messages go into bits 16 to 29.
var (
	requestVersion    = request(0, headerSize+20)
	requestConnect    = request(4, headerSize+132)
	requestDisconnect = request(5, headerSize+4)
)

const requestCall = 7

// request is _IOC(_IOC_READ|_IOC_WRITE, 'V', number, size).
func request(number, size uint32) uint32 {
	return 3<<30 | size<<16 | 'V'<<8 | number
}

// Pointer is the place in a message that has to hold the address of a buffer.
type Pointer struct {
	Offset int
	Buffer []byte
}

// Device is an open /dev/vboxguest.
type Device interface {
	// Ioctl puts the addresses of the buffers into the message and does the
	// ioctl, which changes message and buffers. Its error is the system's.
	Ioctl(request uint32, message []byte, pointers ...Pointer) error
	Close() error
}

// StatusError is a status other than success that the host answered.
type StatusError int32

// Error names the status where it has a common cause.
func (e StatusError) Error() string {
	if e == statusPermissionDenied {
		return "permission denied; is the property read-only?"
	}
	return fmt.Sprintf("error %d", int32(e))
}

// ErrTooLarge reports a value larger than the limit.
var ErrTooLarge = errors.New("value is too large")

// Client is a connection to the service.
type Client struct {
	device Device
	id     uint32
}

// Connect connects to the service through a device, which the client then owns.
func Connect(device Device) (*Client, error) {
	c := &Client{device: device}
	if err := c.connect(); err != nil {
		return nil, errors.Join(err, device.Close())
	}
	return c, nil
}

func (c *Client) connect() error {
	version := message(headerSize+20, headerSize+16, headerSize+20)
	order.PutUint32(version[headerSize:], interfaceVersion)
	order.PutUint32(version[headerSize+4:], interfaceVersion)
	if err := c.ioctl(requestVersion, version); err != nil {
		return err
	}
	connect := message(headerSize+132, headerSize+132, headerSize+4)
	order.PutUint32(connect[headerSize:], locationExisting)
	copy(connect[headerSize+4:], Service)
	if err := c.ioctl(requestConnect, connect); err != nil {
		return err
	}
	c.id = order.Uint32(connect[headerSize:])
	return nil
}

// Close disconnects and closes the device.
func (c *Client) Close() error {
	disconnect := message(headerSize+4, headerSize+4, headerSize)
	order.PutUint32(disconnect[headerSize:], c.id)
	return errors.Join(c.ioctl(requestDisconnect, disconnect), c.device.Close())
}

// Get returns the value of a property, without its flags, and whether there is
// such a property. A value that is stored in more than limit bytes is an error.
func (c *Client) Get(name string, limit int) ([]byte, bool, error) {
	buffer := make([]byte, 1)
	// A property may grow between two calls; it will not do so for ever.
	for try := 0; ; try++ {
		size, err := c.get(name, buffer)
		switch {
		case err == StatusError(statusNotFound):
			return nil, false, nil
		case err == StatusError(statusBufferOverflow) && try < 10, err == nil && uint64(size) > uint64(len(buffer)):
			if uint64(size) > uint64(limit) {
				return nil, false, ErrTooLarge
			}
			if int(size) <= len(buffer) {
				return nil, false, fmt.Errorf("a buffer of %d bytes is too small for %d", len(buffer), size)
			}
			buffer = make([]byte, size)
			continue
		case err != nil:
			return nil, false, err
		}
		value, _, terminated := bytes.Cut(buffer[:size], []byte{0})
		if !terminated {
			return nil, false, fmt.Errorf("VirtualBox guest property %q is not NUL-terminated", name)
		}
		return value, true, nil
	}
}

func (c *Client) get(name string, buffer []byte) (size uint32, err error) {
	key := cString(name)
	call, at := c.call(functionGet, 4)
	pointer(call[at:], paramIn, key)
	pointer(call[at+paramSize:], paramOut, buffer)
	order.PutUint32(call[at+2*paramSize:], param64)
	order.PutUint32(call[at+3*paramSize:], param32)
	err = c.ioctl(request(requestCall, uint32(len(call))), call,
		Pointer{at + pointerValue, key}, Pointer{at + paramSize + pointerValue, buffer})
	return order.Uint32(call[at+3*paramSize+4:]), err
}

// Delete removes a property. The host decides whether a missing one is an error.
func (c *Client) Delete(name string) error {
	key := cString(name)
	call, at := c.call(functionDelete, 1)
	pointer(call[at:], paramIn, key)
	return c.ioctl(request(requestCall, uint32(len(call))), call, Pointer{at + pointerValue, key})
}

// call returns a message that calls a function, and where its parameters begin.
func (c *Client) call(function uint32, params int) (msg []byte, at int) {
	size := callSize + params*paramSize
	msg = message(size, uint32(size), uint32(size))
	order.PutUint32(msg[headerSize:], c.id)
	order.PutUint32(msg[headerSize+4:], function)
	order.PutUint32(msg[headerSize+8:], waitForever)
	msg[headerSize+12] = 1
	order.PutUint16(msg[headerSize+14:], uint16(params))
	return msg, callSize
}

// ioctl does an ioctl and returns the host's status as an error.
func (c *Client) ioctl(request uint32, msg []byte, pointers ...Pointer) error {
	err := c.device.Ioctl(request, msg, pointers...)
	if err != nil {
		return err
	}
	if status := int32(order.Uint32(msg[12:])); status != statusOK {
		return StatusError(status)
	}
	return nil
}

// order is that of the processors that VirtualBox runs on.
var order = binary.LittleEndian

func message(size int, in, out uint32) []byte {
	msg := make([]byte, size)
	order.PutUint32(msg, in)
	order.PutUint32(msg[4:], headVersion)
	order.PutUint32(msg[16:], out)
	return msg
}

func pointer(param []byte, kind uint32, buffer []byte) {
	order.PutUint32(param, kind)
	order.PutUint32(param[4:], uint32(len(buffer)))
}

func cString(s string) []byte { return append([]byte(s), 0) }
