package powercut

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// Requests of the kernel's protocol for file systems in user space (linux/fuse.h).
const (
	opLookup      = 1
	opForget      = 2
	opGetattr     = 3
	opOpen        = 14
	opRead        = 15
	opWrite       = 16
	opRelease     = 18
	opFsync       = 20
	opFlush       = 25
	opInit        = 26
	opInterrupt   = 36
	opDestroy     = 38
	opBatchForget = 42

	fopenDirectIO  = 1
	initBigWrites  = 1 << 5
	initMaxPages   = 1 << 22
	maxWrite       = 1 << 20
	inHeaderSize   = 40
	outHeaderSize  = 16
	rootNode       = 1
	firstDiskNode  = 2
	cacheForever   = 1 << 30 // seconds
	requestHeaders = 4096    // room for everything of a request but the data it writes
)

// server shows images as the files "0", "1", … of a mounted directory and logs what is written to them.
type server struct {
	fd     int
	images []*os.File
	sizes  []int64
	done   chan struct{}

	mu  sync.Mutex
	log []Event
	err error
}

// serve mounts the directory; the loop ends when it is unmounted.
func serve(dir string, images []*os.File) (*server, error) {
	s := &server{images: images, done: make(chan struct{})}
	for _, f := range images {
		st, err := f.Stat()
		if err != nil {
			return nil, err
		}
		s.sizes = append(s.sizes, st.Size())
	}
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening /dev/fuse: %w", err)
	}
	s.fd = fd
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)
	if err := unix.Mount("powercut", dir, "fuse.powercut", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("mounting %s: %w", dir, err)
	}
	go s.loop()
	return s, nil
}

func (s *server) loop() {
	defer close(s.done)
	defer unix.Close(s.fd)
	buf := make([]byte, maxWrite+requestHeaders)
	for {
		n, err := unix.Read(s.fd, buf)
		switch {
		case err == unix.EINTR || err == unix.ENOENT || err == unix.EAGAIN: // ENOENT: the request was interrupted
			continue
		case err == unix.ENODEV: // unmounted
			return
		case err == nil && n < inHeaderSize:
			err = errors.New("short request")
		}
		if err == nil {
			err = s.answer(buf[:n])
		}
		if err != nil {
			s.fail(fmt.Errorf("serving the disks: %w", err))
			return
		}
	}
}

func (s *server) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

// answer handles one request.
func (s *server) answer(request []byte) error {
	le := binary.LittleEndian
	op, unique, node := le.Uint32(request[4:]), le.Uint64(request[8:]), le.Uint64(request[16:])
	body := request[inHeaderSize:]
	switch op {
	case opForget, opBatchForget, opInterrupt:
		return nil // these have no answer
	}
	reply, errno := s.handle(op, node, body)
	out := make([]byte, outHeaderSize, outHeaderSize+len(reply))
	le.PutUint32(out, uint32(outHeaderSize+len(reply)))
	le.PutUint32(out[4:], uint32(-int32(errno)))
	le.PutUint64(out[8:], unique)
	_, err := unix.Write(s.fd, append(out, reply...))
	if err == unix.ENOENT { // the asker is gone
		return nil
	}
	return err
}

func (s *server) handle(op uint32, node uint64, body []byte) ([]byte, unix.Errno) {
	le := binary.LittleEndian
	disk := int(node) - firstDiskNode
	isDisk := disk >= 0 && disk < len(s.images)
	switch op {
	case opInit:
		return initReply(le.Uint32(body[8:])), 0
	case opLookup:
		name, _, _ := bytes.Cut(body, []byte{0})
		i, err := strconv.Atoi(string(name))
		if node != rootNode || err != nil || i < 0 || i >= len(s.images) {
			return nil, unix.ENOENT
		}
		return s.entry(uint64(i + firstDiskNode)), 0
	case opGetattr:
		out := le.AppendUint64(nil, cacheForever)
		return append(append(out, make([]byte, 8)...), s.attributes(node)...), 0
	case opOpen:
		if !isDisk {
			return nil, unix.EISDIR
		}
		return le.AppendUint32(le.AppendUint32(make([]byte, 8), fopenDirectIO), 0), 0
	case opRelease, opFlush, opDestroy:
		return nil, 0
	}
	if !isDisk {
		return nil, unix.ENOSYS
	}
	switch op {
	case opRead:
		return s.read(disk, int64(le.Uint64(body[8:])), le.Uint32(body[16:]))
	case opWrite:
		size := le.Uint32(body[16:])
		if uint64(len(body)) < 40+uint64(size) {
			return nil, unix.EIO
		}
		return s.write(disk, int64(le.Uint64(body[8:])), body[40:40+size])
	case opFsync:
		s.append(Event{Disk: disk})
		return nil, 0
	}
	return nil, unix.ENOSYS
}

func initReply(readahead uint32) []byte {
	le := binary.LittleEndian
	out := make([]byte, 64)
	le.PutUint32(out, 7)
	le.PutUint32(out[4:], 31)
	le.PutUint32(out[8:], readahead)
	le.PutUint32(out[12:], initBigWrites|initMaxPages)
	le.PutUint16(out[16:], 16) // max_background
	le.PutUint16(out[18:], 12) // congestion_threshold
	le.PutUint32(out[20:], maxWrite)
	le.PutUint32(out[24:], 1) // time_gran
	le.PutUint16(out[28:], uint16(maxWrite/os.Getpagesize()))
	return out
}

func (s *server) entry(node uint64) []byte {
	le := binary.LittleEndian
	out := le.AppendUint64(nil, node)
	out = le.AppendUint64(out, 0)            // generation
	out = le.AppendUint64(out, cacheForever) // of the name
	out = le.AppendUint64(out, cacheForever) // of the attributes
	return append(append(out, make([]byte, 8)...), s.attributes(node)...)
}

func (s *server) attributes(node uint64) []byte {
	le := binary.LittleEndian
	out := make([]byte, 88)
	le.PutUint64(out, node)
	mode := uint32(unix.S_IFDIR | 0o700)
	if i := int(node) - firstDiskNode; i >= 0 && i < len(s.sizes) {
		mode = unix.S_IFREG | 0o600
		le.PutUint64(out[8:], uint64(s.sizes[i]))
		le.PutUint64(out[16:], uint64(s.sizes[i]+511)/512)
	}
	le.PutUint32(out[60:], mode)
	le.PutUint32(out[64:], 1) // nlink
	le.PutUint32(out[80:], piece)
	return out
}

func (s *server) read(disk int, offset int64, size uint32) ([]byte, unix.Errno) {
	if size > maxWrite {
		return nil, unix.EINVAL
	}
	data := make([]byte, size)
	n, err := s.images[disk].ReadAt(data, offset)
	if n == 0 && err != nil && offset < s.sizes[disk] {
		return nil, unix.EIO
	}
	return data[:n], 0
}

func (s *server) write(disk int, offset int64, data []byte) ([]byte, unix.Errno) {
	if offset < 0 || offset+int64(len(data)) > s.sizes[disk] {
		return nil, unix.ENOSPC
	}
	if _, err := s.images[disk].WriteAt(data, offset); err != nil {
		s.fail(err)
		return nil, unix.EIO
	}
	s.append(Event{disk, offset, bytes.Clone(data)})
	return binary.LittleEndian.AppendUint64(nil, uint64(len(data))), 0
}

func (s *server) append(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, e)
}
