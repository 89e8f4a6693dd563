"""Install the Python package with pip; everything is declared in pyproject.toml.

A ROS workspace does not use this file: there colcon builds CMakeLists.txt.
"""

from setuptools import setup

setup()
