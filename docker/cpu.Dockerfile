# affect_perception on an x86 (or ARM) processor, ROS 2 Humble from apt. Not built yet (docs/gpu.md).
#   docker build -f docker/cpu.Dockerfile -t affect_perception:cpu .
#   docker run --network host --ipc host -v affect-cache:/cache affect_perception:cpu
FROM ros:humble-ros-base

RUN apt-get update && apt-get install -y --no-install-recommends \
      python3-pip ros-humble-message-filters \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /ws
COPY . src/affect_perception
# ROS brings numpy and PyYAML of its own age; what it lacks comes from the package index.
RUN pip install --no-cache-dir -r src/affect_perception/requirements/ros-apt.txt
RUN . /opt/ros/humble/setup.sh && colcon build --packages-select affect_perception

ENV AFFECT_CACHE=/cache
VOLUME /cache
COPY docker/start.sh /start.sh
ENTRYPOINT ["/start.sh"]
CMD ["ros2", "launch", "affect_perception", "cabin.launch.py"]
