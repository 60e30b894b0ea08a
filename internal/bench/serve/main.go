// Command serve is the static HTTP server of the benchmarks, for machines without nginx.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: serve DIR PORT")
		os.Exit(2)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Args[2])
	if err == nil {
		err = http.Serve(l, http.FileServer(http.Dir(os.Args[1])))
	}
	fmt.Fprintln(os.Stderr, "serve:", err)
	os.Exit(1)
}
