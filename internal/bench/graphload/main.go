// Command graphload asks a graph server as fast as it answers and prints how many replies came per second. It
// speaks just enough HTTP/1.1 to keep connections alive, so that most of the machine is left for the server.
//
//	graphload -metadata DIR
//	graphload -gzip -clients 32 -seconds 10 127.0.0.1:8081
//
// With -metadata it writes the metadata of a stream like a real one, of 160 releases and 170 edges, as
// releases.json and updates.json. -gzip asks for compressed replies, -cached for those that have not changed. Each
// request is that of another node.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

func main() {
	metadata := flag.String("metadata", "", "directory to write metadata to")
	gzip := flag.Bool("gzip", false, "ask for gzip")
	cached := flag.Bool("cached", false, "ask with the ETag of the first reply")
	clients := flag.Int("clients", 32, "connections")
	seconds := flag.Int("seconds", 10, "length of the run")
	flag.Parse()
	var err error
	switch {
	case *metadata != "" && flag.NArg() == 0:
		err = writeMetadata(*metadata)
	case flag.NArg() == 1:
		err = run(load{flag.Arg(0), *gzip, *cached}, *clients, time.Duration(*seconds)*time.Second)
	default:
		fmt.Fprintln(os.Stderr, "usage: graphload [flags] HOST:PORT | graphload -metadata DIR")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "graphload:", err)
		os.Exit(1)
	}
}

// load is what to ask for.
type load struct {
	addr         string
	gzip, cached bool
}

// requests makes the requests of many nodes.
func (l load) requests(n int, tag string) [][]byte {
	all := make([][]byte, n)
	for i := range all {
		var b bytes.Buffer
		fmt.Fprintf(&b, "GET /v1/graph?basearch=x86_64&group=default&node_uuid=%016x%016x&oci=true"+
			"&os_checksum=quay.io%%2Ffedora%%2Ffedora-coreos%%40sha256%%3A%064x&os_version=44.20260101.3.0&platform=metal&stream=stable HTTP/1.1\r\n"+
			"Host: %s\r\nAccept: application/json\r\n", rand.Uint64(), rand.Uint64(), i, l.addr)
		if l.gzip {
			b.WriteString("Accept-Encoding: gzip\r\n")
		}
		if tag != "" {
			b.WriteString("If-None-Match: " + tag + "\r\n")
		}
		b.WriteString("\r\n")
		all[i] = b.Bytes()
	}
	return all
}

func run(l load, clients int, length time.Duration) error {
	tag := ""
	first, err := probe(l)
	if err != nil {
		return err
	}
	if l.cached {
		tag = first.tag
	}
	requests := l.requests(4096, tag)
	counts, sizes, errs := make([]int, clients), make([]int, clients), make([]error, clients)
	start := time.Now()
	end := start.Add(length)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() { counts[i], sizes[i], errs[i] = ask(l, requests[i*len(requests)/clients:], end) })
	}
	all.Wait()
	took := time.Since(start).Seconds()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	total, size := 0, 0
	for i, n := range counts {
		total += n
		size += sizes[i]
	}
	fmt.Printf("%8.0f requests/s  %6.1f MB/s of bodies (%d connections, %d bytes each)\n",
		float64(total)/took, float64(size)/took/1e6, clients, size/max(total, 1))
	return nil
}

// probe makes one request and looks at its reply closely.
func probe(l load) (reply, error) {
	c, err := dial(l.addr)
	if err != nil {
		return reply{}, err
	}
	defer c.Close()
	r, err := c.exchange(l.requests(1, "")[0])
	switch {
	case err != nil:
		return r, err
	case r.status != "200" || r.length == 0 || r.tag == "" || r.gzip != l.gzip:
		return r, fmt.Errorf("unexpected reply: %+v", r)
	}
	return r, nil
}

// ask sends requests over one connection, one after the other.
func ask(l load, requests [][]byte, end time.Time) (n, size int, err error) {
	c, err := dial(l.addr)
	if err != nil {
		return 0, 0, err
	}
	defer c.Close()
	want := "200"
	if l.cached {
		want = "" // rollouts may move a node to another answer
	}
	for ; n%16 != 0 || time.Now().Before(end); n++ {
		r, err := c.exchange(requests[n%len(requests)])
		if err != nil {
			return n, size, err
		}
		size += r.length
		if want != "" && r.status != want || r.status != "200" && r.status != "304" {
			return n, size, fmt.Errorf("status %s", r.status)
		}
	}
	return n, size, nil
}

// conn is a connection that is kept alive.
type conn struct {
	net.Conn
	r *bufio.Reader
}

func dial(addr string) (*conn, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// reply is what matters of a reply; its body is skipped.
type reply struct {
	status string
	length int
	tag    string
	gzip   bool
}

func (c *conn) exchange(request []byte) (r reply, err error) {
	if _, err := c.Write(request); err != nil {
		return r, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return r, err
	}
	if len(line) < 12 {
		return r, fmt.Errorf("status line %q", line)
	}
	switch s := line[9:12]; string(s) {
	case "200":
		r.status = "200"
	case "304":
		r.status = "304"
	default:
		r.status = string(s)
	}
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return r, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		switch {
		case bytes.HasPrefix(line, []byte("Content-Length: ")):
			if r.length, err = strconv.Atoi(string(line[16:])); err != nil {
				return r, err
			}
		case bytes.HasPrefix(line, []byte("Etag: ")) && r.status == "200" && r.tag == "":
			r.tag = string(line[6:])
		case bytes.Equal(line, []byte("Content-Encoding: gzip")):
			r.gzip = true
		}
	}
	_, err = c.r.Discard(r.length)
	return r, err
}
