#!/bin/sh
# Sources ROS and the package, prepares the models if the cache has none, and starts the command.
set -e
. /opt/ros/humble/setup.sh
. /ws/install/setup.sh
ros2 run affect_perception affect-perception models prepare
exec "$@"
