"""Readers and writers for bags, videos, pictures and tables, without rclpy."""
