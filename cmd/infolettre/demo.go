package main

type demoCmd struct{}

func (demoCmd) Run(g *global) error { return nil }
