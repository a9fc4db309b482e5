// The apps behind the measured proxies: they answer every request with 100 bytes, as fast as a program can, so that
// what is measured is the proxy. Arguments: the ports of the apps, then the UDP port that takes a proxy's log lines.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strings"
)

var answer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n" + strings.Repeat("x", 100))
var headEnd = []byte("\r\n\r\n")

func main() {
	ports, logPort := os.Args[1:len(os.Args)-1], os.Args[len(os.Args)-1]
	listeners := []net.Listener{}
	for _, port := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:"+port)
		check(err)
		listeners = append(listeners, listener)
	}
	// Nobody reads it: a reader would take its time from the load's core, and the sender pays the same.
	_, err := net.ListenPacket("udp", "127.0.0.1:"+logPort)
	check(err)
	fmt.Println("ready")
	for _, listener := range listeners {
		go serve(listener)
	}
	select {}
}

func serve(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		check(err)
		go converse(connection)
	}
}

// Requests have no body and come one at a time, so their ends are all there is to find.
func converse(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 0, 16384)
	for {
		count, err := connection.Read(buffer[len(buffer):cap(buffer)])
		if err != nil {
			return
		}
		buffer = buffer[:len(buffer)+count]
		if !bytes.HasSuffix(buffer, headEnd) {
			continue
		}
		if _, err := connection.Write(answer); err != nil {
			return
		}
		buffer = buffer[:0]
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
