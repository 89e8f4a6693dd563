"""The only room that imports rclpy and messages: conversion, parameters, diagnostics, nodes."""
