package main

import "fmt"

func greet(names []string) {
	for _, name := range names {
		if name == "" {
			skipped++
			continue
		}
		fmt.Println("hello", name)
	}
}
